"""The app as a visitor sees it."""
