"""`python -m monitor_core`: the command line."""

from monitor_core.cli.main import main

if __name__ == "__main__":
    main()
