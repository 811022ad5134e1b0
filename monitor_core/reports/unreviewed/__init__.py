"""Unreviewed predictions; each module imports only from those above it.

backlog      the predictions waiting for review
audited      the accuracy over all predictions from the audit
accuracy     the accuracy over all predictions, beside that of the reviewed ones
classes      precision, recall and F1 by class over all predictions
compared     the difference of two accuracies over all predictions
over_time    the accuracy over all predictions by day, week or month
"""
