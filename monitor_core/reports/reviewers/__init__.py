"""The reviewers' work; each module imports only from those above it.

confirmations  how often predictions are confirmed, by confidence, and which reviews to check first
"""
