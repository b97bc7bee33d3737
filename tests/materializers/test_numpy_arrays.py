"""Arrays come back as they were, without pickles, and large ones without being read."""

import errno
import io
import mmap
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from artifactctl.errors import InvalidInputError
from artifactctl.materializers import load, save
from tests.materializers.again import again, contents, pickled_again

DTYPES = (
    npst.scalar_dtypes()
    | npst.byte_string_dtypes()
    | npst.unicode_string_dtypes()
    | npst.array_dtypes(npst.integer_dtypes() | npst.datetime64_dtypes())
)
ARRAYS = npst.arrays(DTYPES, npst.array_shapes(min_dims=0, min_side=0, max_side=4))


class Opaque:
    pass


def same_array(one, other):
    assert type(one) is type(other)
    assert one.dtype == other.dtype
    assert one.shape == other.shape
    assert one.tobytes() == other.tobytes()


@given(ARRAYS)
def test_every_array_comes_back_byte_for_byte(array):
    same_array(again(array), array)


@given(ARRAYS.filter(lambda array: array.size and not array.dtype.hasobject))
def test_every_scalar_comes_back_with_its_type(array):
    scalar = array.flat[0]
    loaded = again(scalar)
    assert type(loaded) is type(scalar)
    assert loaded.dtype == scalar.dtype
    assert loaded.tobytes() == scalar.tobytes()


def test_the_order_in_memory_is_kept():
    loaded = again(np.asfortranarray(np.arange(6.0).reshape(2, 3)))
    assert loaded.flags.f_contiguous
    same_array(again(np.arange(12)[::-3]), np.arange(12)[::-3].copy())


@pytest.mark.parametrize(
    "array",
    [
        np.array([1, "a", None, [1], {"b": (1,)}], dtype=object),
        np.array(None, dtype=object),
        np.empty((2, 0), dtype=object),
        np.array([["a", "bb"]], dtype=np.dtypes.StringDType()),
        np.array([[1, 2], [3, 4]], dtype=object),
        np.arange(2).reshape(1, 2).view(np.matrix),
        np.rec.array([(1, 2.0)], dtype="i4,f8"),
        np.longdouble([1, 3]) / 3,
        np.array([1, 2], ">i4"),
    ],
    ids=lambda array: f"{type(array).__name__} {array.dtype}",
)
def test_special_arrays_come_back(array):
    loaded = again(array)
    assert type(loaded) is type(array)
    assert loaded.dtype == array.dtype
    assert loaded.shape == array.shape
    assert loaded.tolist() == array.tolist()


def test_arrays_inside_of_arrays_come_back():
    array = np.empty(2, dtype=object)
    array[:] = [np.arange(3), {"a": np.float32(0.5)}]
    first, second = again(array)
    same_array(first, np.arange(3))
    assert type(second["a"]) is np.float32


def test_masks_are_kept():
    array = np.ma.array([1.5, 2.5], mask=[False, True], fill_value=-1)
    loaded = again(array)
    assert type(loaded) is np.ma.MaskedArray
    assert loaded.mask.tolist() == [False, True]
    assert loaded.data.tolist() == [1.5, 2.5]
    assert loaded.fill_value == -1


def test_an_array_that_contains_itself_is_pickled_as_one():
    array = np.empty(1, dtype=object)
    array[0] = [array]
    loaded = pickled_again(array, "contains itself")
    assert loaded[0][0] is loaded


def test_types_with_objects_inside_are_pickled():
    array = np.array([("x",), (2,)], dtype=[("a", object)])
    loaded = pickled_again(array, "cannot be saved as npy")
    assert loaded.dtype == array.dtype
    assert loaded.tolist() == array.tolist()


def test_subclasses_that_keep_more_than_numbers_are_pickled():
    class Units(np.ndarray):
        pass

    assert type(pickled_again(np.arange(2).view(Units))) is Units


def test_large_arrays_are_mapped_and_writing_to_one_changes_no_file(tmp_path: Path):
    saved = save(np.zeros(3 << 20), tmp_path)
    before = contents(tmp_path)
    loaded = load(tmp_path, saved.materializer, saved.data_type, allow_pickle=False)
    assert isinstance(loaded.base.base, mmap.mmap) or isinstance(loaded.base, np.memmap)
    loaded[:] = 1
    assert contents(tmp_path) == before


def test_a_link_to_a_read_only_file_is_read(tmp_path: Path):
    (tmp_path / "saved").mkdir()
    saved = save(np.arange(3), tmp_path / "saved")
    (tmp_path / "saved" / "data.npy").chmod(0o400)
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "data.npy").symlink_to(tmp_path / "saved" / "data.npy")
    loaded = load(tmp_path / "linked", saved.materializer, saved.data_type, allow_pickle=False)
    loaded[0] = 7
    same_array(loaded, np.array([7, 1, 2]))


def test_items_that_are_pickles_need_consent():
    assert type(pickled_again(np.array([Opaque()], dtype=object))[0]) is Opaque


def npy(header: str, body: bytes = b"") -> bytes:
    text = header.encode()
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + body


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,)}"),
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}"),
        npy("{'descr': '<f8', 'fortran_order': False, 'shape': (4294967296, 4294967296)}"),
        npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", b"\x80\x04."),
        npy("(" * 9000),
        npy("__import__('os')"),
    ],
)
def test_hostile_files_are_clear_errors(content: bytes, tmp_path: Path):
    (tmp_path / "data.npy").write_bytes(content)
    with pytest.raises(InvalidInputError):
        load(tmp_path, "numpy", "numpy.ndarray", allow_pickle=False)


def test_a_zip_file_in_the_place_of_an_array_is_refused(tmp_path: Path):
    file = io.BytesIO()
    np.savez(file, a=np.arange(3))
    (tmp_path / "data.npy").write_bytes(file.getvalue())
    with pytest.raises(InvalidInputError):
        load(tmp_path, "numpy", "numpy.ndarray", allow_pickle=False)


@given(
    npst.arrays(
        st.sampled_from(["f8", "f4", "i8", "u1", "?"]),
        npst.array_shapes(min_side=1, max_side=5),
    )
)
def test_statistics_are_those_of_numpy(array):
    from artifactctl.materializers.statistics import array_facts

    facts = array_facts(array)
    assert facts["shape"] == list(array.shape)
    assert facts["dtype"] == str(array.dtype)
    with np.errstate(all="ignore"):
        wide = array.astype("f8")
        expected = {"mean": wide.mean(), "std": wide.std(), "min": wide.min(), "max": wide.max()}
    for name, value in expected.items():
        if not np.isfinite(value):
            assert facts[name] is None or abs(facts[name]) > 1e300
        elif abs(value) < 1e150:
            assert facts[name] == pytest.approx(value, rel=1e-6, abs=1e-6 * np.abs(wide).max())


def test_statistics_of_many_pieces_are_those_of_the_whole():
    from artifactctl.materializers.statistics import array_statistics

    array = np.random.default_rng(0).normal(1e6, 1, (200, 517))[:, ::2]
    facts = array_statistics(array)
    assert facts["mean"] == pytest.approx(array.mean(), rel=1e-12)
    assert facts["std"] == pytest.approx(array.std(), rel=1e-9)
    assert (facts["min"], facts["max"]) == (array.min(), array.max())


def test_words_are_counted_in_a_bounded_number_of_texts(tmp_path: Path):
    facts = save(np.array(["a b", "b"] * 10_000), tmp_path).metadata
    assert facts["words_counted_in"] == 10_000
    assert (facts["unique_words"], facts["total_words"]) == (2, 15_000)
    assert (facts["most_common_word"], facts["most_common_count"]) == ("b", 10_000)


def test_one_huge_number_has_statistics(tmp_path: Path):
    assert save(np.array([1.5e154]), tmp_path).metadata["std"] == 0.0


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
@pytest.mark.parametrize("array", [np.zeros(100_000), np.zeros(100_000, [("é", "f8")])])
def test_a_full_disk_is_called_so(tmp_path: Path, array):
    (tmp_path / "data.npy").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left on device") as caught:
        save(array, tmp_path)
    assert caught.value.errno == errno.ENOSPC
