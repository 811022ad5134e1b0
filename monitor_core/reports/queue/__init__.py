"""The review queue: which predictions people should review next; each module imports only from those above it.

audit        the predictions that chance drew, and the accuracy over all predictions estimated from them
informative  the predictions whose reviews say most about the model
review_next  both lists, as the page and the command show them
second_opinions  what a person reviews in the app, with the audit's reviews that are asked for twice
formats      the lists as files for annotation tools
"""
