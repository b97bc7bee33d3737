"""Times as they are typed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifactctl.catalog.moments import age, as_catalog, span

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
FIRST, LAST = NOW.replace(year=1, tzinfo=None), NOW.replace(year=9998, tzinfo=None)
moments = st.datetimes(FIRST, LAST, timezones=st.just(UTC))


@given(moments)
def test_times_as_the_catalog_keeps_them_sort_as_times(moment: datetime):
    later = moment + timedelta(microseconds=1)
    assert as_catalog(moment) < as_catalog(later)
    assert datetime.fromisoformat(as_catalog(moment)) == moment


@given(moments)
def test_a_time_as_the_catalog_keeps_it_means_its_microsecond(moment: datetime):
    found = span(as_catalog(moment), NOW)
    assert (found.start, found.end) == (
        as_catalog(moment),
        as_catalog(moment + timedelta(microseconds=1)),
    )


@given(moments, st.sampled_from(["", "Z", "+00:00", " +0000", "+05:30", "-0800"]))
def test_a_date_means_its_whole_day(moment: datetime, zone: str):
    found = span(f"{moment.date().isoformat()}{zone}", NOW)
    start, end = (datetime.fromisoformat(text) for text in (found.start, found.end))
    assert end - start == timedelta(days=1)
    shift = {"+05:30": -330, "-0800": 480}.get(zone, 0)
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    assert start - day == timedelta(minutes=shift)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30d", 30 * 86400),
        ("12h", 43200),
        ("2w", 1209600),
        ("5M", 300),
        ("0s", 0),
        (" 7 d ", 604800),
    ],
)
def test_an_age_is_a_number_and_a_unit(text: str, seconds: int):
    assert age(text) == timedelta(seconds=seconds)
    assert span(text, NOW).start == as_catalog(NOW - timedelta(seconds=seconds))


@pytest.mark.parametrize("text", ["", "7", "d", "-7d", "1.5d", "7y", "1000000000d", "7d 3h"])
def test_what_is_no_age_is_a_value_error(text: str):
    with pytest.raises(ValueError):
        age(text)


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026-1-1", "2026-01-01T", "2026-01-01T10", "x", "999999999w", "9999-12-31"],
)
def test_what_is_no_time_is_a_value_error(text: str):
    with pytest.raises(ValueError):
        span(text, NOW)
