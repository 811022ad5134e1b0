"""logger_worker.py with shorter times, so that a test need not wait for minutes: NAME=seconds ..."""

import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import logger_worker
from monitor_core.logger import scheduler as worker
from monitor_core.mongo.delivery import leases as lease

if __name__ == "__main__":
    for given in sys.argv[1:]:
        name, _, seconds = given.partition("=")
        if name == "LEASE":
            lease.SPAN = timedelta(seconds=float(seconds))
        else:
            assert hasattr(worker, name)
            setattr(worker, name, float(seconds))
    sys.argv[1:] = []
    sys.exit(logger_worker.main())
