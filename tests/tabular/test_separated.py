"""CSV of other dialects: what is certain of it, and that nothing else is said."""

import io
from pathlib import Path

import pytest

from artifactctl.contents import facts_of
from artifactctl.tabular import Table, read_table
from artifactctl.tabular.streams import PIECE_CHARS

AB = ("a", "b")
MARK = "\ufeff"


def shape(path: str, content: bytes) -> Table | None:
    return read_table(path, io.BytesIO(content))


@pytest.mark.parametrize(
    ("content", "rows", "columns"),
    [
        # Separators
        (b"a;b\n1,5;2,5\n", 1, AB),
        (b"a|b\n1|2\n", 1, AB),
        (b"a\tb\n1\t2\n", 1, AB),
        (b"sep=;\na;b\n1;2\n", 1, AB),
        (b"text\nHello; world\nbye\n", 2, ("text",)),
        (b"Domain Name\nexample.com\n", 1, ("Domain Name",)),
        (b'"a b"\n"x y"\n', 1, ("a b",)),
        # Comments
        (b"# made by an archive, see x\n# COLUMN b: name\n#\na,b\n1,2\n", 1, AB),
        (b"#,b\n1,x\n2,y\n", 2, ("#", "b")),
        # Quotes and escapes
        (b'a,b\n"x\ny",2\n', 1, AB),
        (b'a,b\n"x ""y"", z",2\n', 1, AB),
        (b"'a,b',c\n'd',e\n", 1, ("a,b", "c")),
        (b"a,b\n'tis,so\n", 1, AB),
        (b"a,b\nx\\,y,z\n", 1, AB),
        (b'a,b\n"x\\"y,",z\n', 1, AB),
        (b'a,b\n"C:\\dir\\",z\n', 1, AB),
        (b'a, b\n1, "x, y"\n', 1, AB),
        (b'a, b\n1, "x y"\n', 1, None),  # with or without the space
        (b'a,b\n1, "x, y"\n', 1, AB),
        # Lines
        (b"a,b\r1,2\r3,4", 2, AB),
        (b"\n\na,b\n1,2\n\n\n3,4\n\n", 2, AB),
        # Encodings
        ("ä,b\n1,2\n".encode(), 1, ("ä", "b")),
        ("ä,b\n1,2\n".encode("utf-8-sig"), 1, ("ä", "b")),
        ("ä,b\n1,2\n".encode("utf-16"), 1, ("ä", "b")),
        ((MARK + "ä,b\n1,2\n").encode("utf-16-be"), 1, ("ä", "b")),
        ((MARK + "ä,b\n1,2\n").encode("utf-32-le"), 1, ("ä", "b")),
        ("a;b\nStraße;1\n".encode("cp1252"), 1, AB),
        ("a;ä\nStraße;1\n".encode("cp1252"), 1, None),
        ("名前,値\na,1\n".encode("shift_jis"), 1, None),
        # Names
        (b",a,b\n0,1,2\n", 1, ("", "a", "b")),
        (b"a,a\n1,2\n", 1, ("a", "a")),
        (b"id,g;x\n1,a;b\n", 1, None),  # two columns either way, but which
    ],
)
def test_what_is_certain_is_said(
    content: bytes, rows: int, columns: tuple[str, ...] | None
) -> None:
    found = shape("a.csv", content)
    assert found is not None
    assert (found.rows, found.columns) == (rows, columns)
    assert columns is None or found.column_count == len(columns)


@pytest.mark.parametrize(
    ("content", "count"),
    [
        (b"1,2\n3,4\n", 2),
        (b"5.1,3.5,setosa\n4.9,3.0,setosa\n", 3),
        (b"2020-01-01;5\n2020-01-02;6\n", 2),
        (b"img_1.jpg,cat\nimg_2.jpg,dog\n", 2),
        (b"good,yes\nbad,yes\n", 2),
        (b"a,?\n1,2\n", 2),
        (b"x@example.org,https://example.org\n", 2),
        (b"country,1990,1991\nFR,1,2\n", 3),
        (b"Report,,\nid,a,b\n1,2,3\n", 3),
        (b"# x,y\n1,2\n3,4\n", 2),  # as NumPy writes it
        (b"# a, b\nx,y\nz,w\n", 2),
    ],
)
def test_without_a_certain_header_the_columns_are_counted_alone(content: bytes, count: int) -> None:
    assert shape("a.csv", content) == Table(None, None, count)


@pytest.mark.parametrize(
    "content",
    [
        # Ragged
        b"a,b\n1,2\n3,4,5\n",
        b"a,b\n1,2\n3\n",
        b"a;b\n1;2;3\n",
        b"a\n1,2\n",
        b"text\nHello, world\n",
        b"a,b\n1,2\n\x1a",
        # Separated by what nobody knows
        b"a b c\n1 2 3\n",
        b"a   b\n10  20\n",
        b"a:b\n1:2\n",
        b"a\x01b\n1\x012\n",
        b"a;b,c;d\n1;2,3;4\n",
        # Comments, or records that look so
        b"a,b\n# note, x\n1,2\n",
        b"a,b\n#1,x\n1,2\n",
        b"color,b\n#ff0000,red\n",
        # Records of one column that are empty, or none
        b"a\n1\n\n2\n",
        # Other formats
        b'{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n',
        b"<html>\n",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:x\nsize 1\n",
        b"\x80\x04\x95.",
        b"MZ\x90\xff,\x01\n",
        b"\xff\xfe",
        "a,b\n1,2\n".encode("utf-16-le"),
        "a|b\n".encode("utf-16")[:-1],
        "a|ä\nb|c\n".encode("latin-1"),
        b"\n\n",
        # Quotes that nobody closes, or that mean something else
        b'a,b\n"x,1\ny,2\n',
        b'a,b\n1,"x\n2,y"\n',
    ],
)
def test_of_what_is_not_certain_nothing_is_said(content: bytes) -> None:
    assert shape("a.csv", content) is None


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("a.tsv", b'a\tb\n"x\ty\n', Table(1, AB)),  # TSV has no quotes of its own
        ("a.tsv", b'"a"\t"b"\n"1"\t"2"\n', Table(1, AB)),
        ("a.tsv", b'a\tb\n0\t"Hello\n1\tbye"\n', None),
        ("a.tsv", b'a\tb\n0\t"x\ny"\n', Table(1, AB)),
        ("a.tsv", b"a;x\tb;y\n1;2\t3;4\n", Table(1, ("a;x", "b;y"))),
        ("a.tsv", b"a,b\n1,2\n", Table(1, AB)),
        ("a.tab", b"a\tb\n1\t2\n", Table(1, AB)),
        ("a.psv", b"a,x|b,y\n1,2|3,4\n", Table(1, ("a,x", "b,y"))),
        ("a.tsv", b"##v\n#c\tp\nx\t5\n", Table(None, None, 2)),
    ],
)
def test_a_name_may_promise_a_separator(path: str, content: bytes, expected: Table | None) -> None:
    assert shape(path, content) == expected


def long(*last: str, header: str = "a,b\n", line: str = "text,1\n") -> bytes:
    """A table that is longer than what is looked at to know its dialect."""
    return (header + line * (PIECE_CHARS // len(line) + 10) + "".join(last)).encode()


def test_a_long_table_is_read_to_its_end() -> None:
    rows = PIECE_CHARS // 7 + 10
    assert shape("a.csv", long('"x\ny",2\n')) == Table(rows + 1, AB)
    assert shape("a.csv", long('"x\n# y",2\n')) == Table(rows + 1, AB)
    assert shape("a.csv", long(header="# c\na;b\n", line="text;1\n")) == Table(rows, AB)
    for last in ("1,2,3\n", "1\n", '"open,2\n', "# comment\n", "#x,2\n", "\0,2\n"):
        assert shape("a.csv", long(last)) is None
    assert shape("a.tsv", long('"x\ty\nz"\t2\n', header="a\tb\n", line="text\t1\n")) is None
    latin = long(header="ä,b\n") + "Straße,1\n".encode("cp1252")
    assert shape("a.csv", latin) == Table(rows + 1, None, 2)
    assert shape("a.csv", long(line=f'"{"x" * 9000}\n,",1\n')) == Table(
        PIECE_CHARS // 9007 + 10, AB
    )


@pytest.mark.parametrize("name", ["a.txt", "a.dat", "a", "a.log"])
def test_a_text_that_nobody_calls_a_table_is_none(tmp_path: Path, name: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"a\tb\n1\t2\n")
    assert facts_of(str(path), name, 8) == {"content_type": "text/plain"}
