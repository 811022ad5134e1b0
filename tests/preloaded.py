"""What the loggers of the tests have imported before they are forked.

whylogs by the product's door: otherwise it reports to its maker from a thread, and a logger that is forked meanwhile
may wait for ever for a lock of OpenSSL's that the thread held.
"""

import threading

import pandas  # noqa: F401

from monitor_core.logger import profiles

profiles._whylogs()
assert threading.active_count() == 1, "a fork copies no thread, but the locks that it holds"
