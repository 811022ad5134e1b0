"""The scheduled report; each module imports only from those above it.

file       the HTML file of a report, made by the command `report` in its own process
scheduled  the report that is due: queued once for each target, and sent
"""
