"""The page Retraining.

parts  its elements
"""
