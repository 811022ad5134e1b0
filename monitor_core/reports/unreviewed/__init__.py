"""Unreviewed predictions; each module imports only from those above it.

backlog      the predictions waiting for review
accuracy     the accuracy over all predictions, beside that of the reviewed ones
"""
