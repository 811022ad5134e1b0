"""Profiles without whylogs; each module imports only from those above it.

tally  the counts of class pairs that every profile is made from
exact  our own profile of a day's samples, in JSON and with exact figures
"""
