"""The page Alerts; each module imports only from those above it.

charts      the values that a rule measured, by day
navigation  the number of open alerts in the navigation of every page
verdict     the verdict on the model: the first line of Overview, and the sign in the browser's tab
parts       the feed of alerts, a single alert, and its answers
evidence    the evidence of an alert
form        a rule as a form
rules       the rules, and an editor to try a changed rule before saving it
"""
