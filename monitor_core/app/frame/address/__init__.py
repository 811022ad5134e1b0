"""The web address, which holds the view; each module imports only from those above it.

entries  choices that the address holds, each change of which is an entry of the browser's history
uses     which choices each page uses
period   the choice of the period
"""
