"""Many classes on one page; each module imports only from those above it.

listing   which classes a page lists, and in which order
confused  the classes and the pairs that are confused most
"""
