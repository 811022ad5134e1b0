"""What takes longer than CI may: run by hand, each prints its figures and fails where one is wrong.

    python -m tests.endurance kills          loggers and the database die at random moments
    python -m tests.endurance replica-set    loggers log through failures of a replica set's members
    python -m tests.endurance soak           the services run for a while, and their numbers equal scikit-learn's
    python -m tests.endurance fuzz           documents, addresses, command lines and images drawn at random

`--help` behind a name lists its options: lengths and the seed.
"""
