"""The cost of the monitor, compared with the naive way in the same run: `python -m benchmarks --help`."""
