"""Where profiles go, each destination one class; each module imports only from those above it.

protocol  what a destination does
contract  the tests that every destination passes, to inherit
local     the folder on this machine
whylabs   the WhyLabs platform
registry  which destinations the settings name, those of other packages included
"""
