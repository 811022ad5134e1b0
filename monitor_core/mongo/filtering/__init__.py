"""Filters of samples as queries, and the tags of samples; each module imports only from those above it.

tags        the tags that people give to samples
conditions  a filter as conditions: those that an index can check, and the exact ones
"""
