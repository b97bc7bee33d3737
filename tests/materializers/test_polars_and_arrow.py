"""Tables of polars and pyarrow come back equal."""

from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from polars.testing.parametric import dataframes

from artifactctl.errors import InvalidInputError
from artifactctl.materializers import load, save
from tests.materializers.again import again, contents


@given(dataframes(max_cols=4, max_size=4, excluded_dtypes=[pl.Object]))
def test_every_frame_of_polars_comes_back_equal(frame):
    loaded = again(frame)
    assert loaded.schema == frame.schema
    assert loaded.equals(frame)


@pytest.mark.parametrize("frame", [pl.DataFrame(), pl.DataFrame(height=3), pl.DataFrame({"a": []})])
def test_empty_frames_of_polars_come_back(frame):
    assert again(frame).equals(frame)
    assert again(frame).shape == frame.shape


def test_a_series_keeps_its_name_and_type(tmp_path: Path):
    series = pl.Series("s", ["a", "b", None], dtype=pl.Enum(["b", "a"]))
    loaded = again(series)
    assert isinstance(loaded, pl.Series)
    assert (loaded.name, loaded.dtype) == (series.name, series.dtype)
    assert loaded.equals(series)


def test_statistics_of_polars(tmp_path: Path):
    frame = pl.DataFrame({"a": [1, 2, None], "b": ["x", "y", "z"], "c": [0.5, float("nan"), 1.0]})
    facts = save(frame, tmp_path).metadata
    assert facts["shape"] == [3, 3]
    assert facts["mean"]["a"] == 1.5
    assert facts["mean"]["c"] is None
    assert "b" not in facts["max"]


class Opaque:
    """What no format has a word for."""


@pytest.mark.parametrize("series", [True, False])
def test_python_objects_in_polars_are_pickled_and_marked(series: bool, tmp_path: Path):
    frame = pl.DataFrame({"a": [{1}, None, Opaque], "b": 1}, schema={"a": pl.Object, "b": pl.Int8})
    value = frame["a"] if series else frame
    with pytest.warns(UserWarning, match="pickle"):
        saved = save(value, tmp_path)
    assert saved.metadata["pickled"]
    loaded = load(tmp_path, saved.materializer, saved.data_type, allow_pickle=True)
    assert type(loaded) is type(value)
    columns = (loaded.to_frame() if series else loaded).get_columns()
    assert [column.name for column in columns] == (["a"] if series else ["a", "b"])
    assert (columns[0].dtype, columns[0].to_list()) == (pl.Object, [{1}, None, Opaque])


def test_python_objects_in_polars_inside_of_another_object_are_pickled_with_it(tmp_path: Path):
    frame = pl.DataFrame({"a": [Opaque]}, schema={"a": pl.Object})
    with pytest.warns(UserWarning, match="pickle"):
        saved = save({"frame": frame, "n": 1}, tmp_path)
    loaded = load(tmp_path, saved.materializer, saved.data_type, allow_pickle=True)
    assert loaded["frame"]["a"].to_list() == [Opaque]


def test_a_frame_of_polars_that_parquet_cannot_hold_is_an_arrow_file(tmp_path: Path):
    frame = pl.DataFrame({"a": pl.Series([{}, {}], dtype=pl.Struct({})), "b": [0.5, float("nan")]})
    save(frame, tmp_path)
    assert set(contents(tmp_path)) == {"data.arrow", "frame.json"}
    loaded = again(frame)
    assert loaded.schema == frame.schema
    assert loaded.equals(frame)


def words(text: str) -> pa.Array:
    return pa.array([text]).dictionary_encode()


@pytest.mark.parametrize(
    ("table", "file"),
    [
        (pa.table({"a": [1, None], "b": ["x", "y"]}), "data.parquet"),
        (pa.table({"a": pa.array([1], pa.timestamp("s"))}), "data.arrow"),
        (pa.table({"a": [["x", None], None]}), "data.parquet"),
        (pa.table({"a": [[[1.5]], [[float("inf")]]]}), "data.parquet"),
        (pa.table([pa.chunked_array([words("x"), words("y")])], names=["a"]), "data.arrows"),
        (pa.table({"a": [1]}).replace_schema_metadata({"k": "v"}), "data.parquet"),
        (pa.table([[1], [2]], names=["a", "a"]), "data.parquet"),
        (pa.table({}), "data.arrow"),
    ],
)
def test_tables_of_arrow_come_back_with_their_schema(table, file: str, tmp_path: Path):
    save(table, tmp_path)
    assert list(contents(tmp_path)) == [file]
    loaded = again(table)
    assert loaded.equals(table)
    assert loaded.schema.equals(table.schema, check_metadata=True)


def test_columns_of_one_name_each_have_their_type_in_the_facts(tmp_path: Path):
    facts = save(pa.table([[1], ["x"]], names=["a", "a"]), tmp_path).metadata
    assert facts["dtype"] == {"a": "int64", "a.1": "string"}


def test_a_batch_comes_back_as_a_batch():
    batch = pa.record_batch({"a": [1, 2]})
    assert again(batch).equals(batch)
    assert again(batch.slice(0, 0)).equals(batch.slice(0, 0))


@pytest.mark.parametrize("name", ["pyarrow", "polars", "pillow", "sklearn"])
@pytest.mark.parametrize("content", [b"", b"PAR1PAR1", b"ARROW1\0\0", b"PK\x05\x06" + b"\0" * 18])
def test_damaged_files_are_clear_errors(name: str, content: bytes, tmp_path: Path):
    for file in ("data.parquet", "data.arrow", "data.arrows", "image.png", "model.skops"):
        (tmp_path / file).write_bytes(content)
    (tmp_path / "frame.json").write_text('{"kind": "frame"}')
    with pytest.raises(InvalidInputError):
        load(tmp_path, name, "builtins.object", allow_pickle=False)


def test_only_columns_whose_values_repeat_have_a_dictionary(tmp_path: Path):
    rows = 20_000
    repeated = pa.array([f"class-{number % 7}" for number in range(rows)])
    table = pa.table(
        {
            "id": range(rows),
            "a.b": [number / 7 for number in range(rows)],
            "text": [f"{number}" for number in range(rows)],
            "class": repeated,
            "kind": repeated.dictionary_encode(),
            "half": [number // 2 % 500 for number in range(rows)],
        }
    )
    save(table, tmp_path)
    written = pq.ParquetFile(tmp_path / "data.parquet").metadata.row_group(0)
    columns = [written.column(place) for place in range(table.num_columns)]
    assert [one.path_in_schema for one in columns if one.has_dictionary_page] == [
        "class",
        "kind",
        "half",
    ]
    pq.write_table(table, tmp_path / "all.parquet")
    assert (tmp_path / "data.parquet").stat().st_size < (tmp_path / "all.parquet").stat().st_size


@pytest.mark.parametrize("rows", [0, 1, 2, 1023, 1024, 1025, 5000])
def test_tables_of_few_rows_come_back(rows: int):
    table = pa.table({"a": pa.array(range(rows), pa.int64()), "b": pa.nulls(rows)})
    assert again(table).equals(table)
