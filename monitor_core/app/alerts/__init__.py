"""The page Alerts; each module imports only from those above it.

charts      what a rule measured, day by day
navigation  how many alerts are open, in the navigation of every page
parts       the feed of alerts, one alert, and the answers to it
evidence    what an alert rests on
rules       the rules, and a form that tries a changed one before it is saved
"""
