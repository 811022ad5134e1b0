"""The commands about reviewing in the app; each module imports only from those above it.

log  the commands `reviews-log …`
"""
