"""The command line; each module imports only from those above it.

doctor        the checks of the command `doctor`
demo_pictures  the pictures of the demo
demo          the digits demo
options       the options that several commands share
output        the console, JSON, and figures in tables
evaluations   evaluations of rules in the commands' output
supervision   a service in the background, kept alive by supervisor
services      the commands that control the services, and those that run one
rules         the commands `rules …`
others        the command, or group of commands, of that name; installation has four commands
main          the command line, assembled from its commands
"""
