"""Random tables in random dialects: what is said of them is right, or nothing is."""

import csv
import io
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from artifactctl.tabular import read_table

# Names are words of people; cells are anything, and above all what dialects give a meaning.
NAMES = st.text("abcxyz_ äλ名", min_size=1, max_size=6).filter(str.strip)
CELLS = st.text("ab1.,;:|\t'\"\\#\n -é", max_size=5)
DIALECTS = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(",;\t|"),
        "quotechar": st.sampled_from('""\''),
        "doublequote": st.booleans(),
        "quoting": st.sampled_from(
            [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC, csv.QUOTE_NONE]
        ),
        "lineterminator": st.sampled_from(["\n", "\r\n", "\r"]),
    }
)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "gb18030"])


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    names = draw(st.lists(NAMES, min_size=2, max_size=4))
    record = st.lists(CELLS, min_size=len(names), max_size=len(names))
    return names, draw(st.lists(record, max_size=4))


def written(names: list[str], records: list[list[str]], dialect: dict[str, Any]) -> str:
    text = io.StringIO()
    escape = {"escapechar": "\\"} if not dialect["doublequote"] or dialect["quoting"] == 3 else {}
    # Python's writer quotes those ends of lines alone that it writes itself.
    end = dialect["lineterminator"][-1]
    cells = [[cell.replace("\n", end) for cell in record] for record in records]
    csv.writer(text, **dialect, **escape).writerows([names, *cells])
    return text.getvalue()


@settings(max_examples=300)
@given(table=tables(), dialect=DIALECTS, encoding=ENCODINGS, ending=st.sampled_from(["csv", "tsv"]))
def test_what_is_said_of_any_table_in_any_dialect_is_right(
    table: tuple[list[str], list[list[str]]], dialect: dict[str, Any], encoding: str, ending: str
) -> None:
    names, records = table
    text = written(names, records, dialect)
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError:  # a code page has not all letters
        content = text.encode()
    found = read_table(f"a.{ending}", io.BytesIO(content))
    if found is None:
        return
    assert found.rows in (None, len(records)), content
    assert found.columns in (None, tuple(names)), content
    assert found.column_count in (None, len(names)), content
