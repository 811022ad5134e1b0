"""The pictures of the demo; each module imports only from those above it.

photographs  digits on paper labels, photographed through a lens that may be dirty
"""
