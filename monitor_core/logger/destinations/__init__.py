"""Destinations of profiles, one class each; each module imports only from those above it.

protocol  the interface of a destination
contract  tests for every destination, to be inherited
exchange  a single HTTP request, bounded in time and size
local     a folder on this machine
whylabs   the WhyLabs platform
registry  the configured destinations, including those of other packages
"""
