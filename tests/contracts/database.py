"""What a database's package has to keep to: the suite that a sibling of `monitor_core.mongo` would have to pass.

Inherit DatabaseContract in a test module of the sibling, and say how raw documents get into it. The parts go by the
names that they have in `monitor_core.mongo`; all that they take and give are types of `contract`, `scores` and
`alerting`.
"""

from tests.contracts.predictions import PredictionsContract
from tests.contracts.state import StateContract


class DatabaseContract(PredictionsContract, StateContract):
    """The whole suite; `Sibling` says what has to be defined."""
