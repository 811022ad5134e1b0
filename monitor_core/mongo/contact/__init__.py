"""First reading of a database whose documents cannot be read yet.

surroundings  a few raw documents, and the other collections and databases
"""
