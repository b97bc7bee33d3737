"""Long lists on disk are the lists that they are in memory."""

import pytest

from artifactctl.catalog.engine import temporary
from artifactctl.catalog.engine.temporary import Spooled, kept


def held(count: int) -> "list[tuple[int]] | Spooled[tuple[int]]":
    return kept(((number,) for number in range(count)), list, tuple)


@pytest.mark.parametrize("count", [0, 1, 7, 8, 1_000, 1_001])
def test_whatever_is_kept_is_read_as_often_as_is_needed(
    monkeypatch: pytest.MonkeyPatch, count: int
):
    monkeypatch.setattr(temporary, "_FEW", 7)
    values = held(count)
    expected = [(number,) for number in range(count)]
    assert isinstance(values, Spooled) == (count > 7)
    assert [list(values) for _ in range(2)] == [expected] * 2
    assert len(values) == count
    assert values[2:5] == expected[2:5]
    if count:
        assert (values[0], values[-1]) == (expected[0], expected[-1])
    with pytest.raises(IndexError):
        values[count]
