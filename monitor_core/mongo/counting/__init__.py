"""Parts of what is counted from the documents; each module imports only from those above it.

choices  the values of a segment, to choose from
hours    documents grouped by hour
scenes   documents grouped by scene, and the sums over scenes
"""
