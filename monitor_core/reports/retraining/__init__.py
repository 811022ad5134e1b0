"""Retraining: what there is to train on, and what each new model has changed.

readiness  the reviewed samples that the model has not been trained on
changes    the scores before and after each deployment or retraining
"""
