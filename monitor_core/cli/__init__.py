"""The command line; each module imports only from those above it.

doctor        the checks of `doctor`
demo          the digits demo
options       options that several commands share
output        the console, JSON, and figures in tables
evaluations   evaluations of rules, as the commands print them
rules         the commands rules …
others        the command of that name, or the commands that begin with it; installation has four
main          the command line, put together from its commands
"""
