"""The reviewers' work; each module imports only from those above it.

budget         how many reviews it takes to find a fall of accuracy, or to measure accuracy
confirmations  how often predictions are confirmed, by confidence, and which reviews to check first
agreement      how often a second opinion is the same as the first
"""
