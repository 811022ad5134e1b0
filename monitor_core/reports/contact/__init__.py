"""The first contact with a database whose documents cannot be read yet.

diagnosis  what is wrong, what else is there, and settings that would read it
"""
