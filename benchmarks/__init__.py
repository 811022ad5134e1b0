"""What the monitor costs, beside the naive way, in one run: `python -m benchmarks --help`."""
