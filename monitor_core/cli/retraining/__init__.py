"""The command `retraining`.

retraining  what there is to train on, and what each new model has changed
"""
