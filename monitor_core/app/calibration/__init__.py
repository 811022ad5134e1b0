"""The page calibration; each module imports only from those above it.

charts  Altair templates of the page on calibration
"""
