"""The web address, which holds the view; each module imports only from those above it.

entries  choices that the address holds, each change of which is an entry of the browser's history
uses     which choices each page uses
period   the choice of the period
copying  links to the view, to copy
kiosk    the view without its frame
names    the names that parts of the address may have
unknown  the page for an address that names no page
"""
