"""The program of the bundled MongoDB, of which there may be several; each module imports only from those above it.

programs  the mongod of MONITOR_MONGOD, of PATH and of the installed package: its version, or why it does not run
choice    the mongod that fits a data folder, whose files only the version that wrote them can open without a risk
"""
