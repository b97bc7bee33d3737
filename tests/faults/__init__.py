import pytest

pytest.register_assert_rewrite("tests.faults.changes", "tests.faults.scenarios")
