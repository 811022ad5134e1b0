"""Destinations of profiles, each one class; each module imports only from those above it.

protocol  the methods of a destination
contract  the tests that every destination passes, to inherit
exchange  one exchange over HTTP, bounded in time and size
local     the folder on this machine
whylabs   the WhyLabs platform
registry  the destinations that the settings name, those of other packages included
"""
