"""What somebody else's part has to keep to: suites to inherit."""

import pytest

pytest.register_assert_rewrite("tests.contracts.predictions", "tests.contracts.state")
