"""Pictures come back with every pixel, and with all that is known of them."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from artifactctl.errors import InvalidInputError
from artifactctl.materializers import load, save
from artifactctl.materializers.sameness import is_same
from tests.materializers.again import again, pickled_again


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA", "I;16", "CMYK", "F", "I", "LAB"])
def test_every_pixel_of_an_image_comes_back(mode: str):
    size = len(Image.new(mode, (5, 4)).tobytes())
    content = np.random.default_rng(0).integers(1, 100, size, dtype="u1").tobytes()
    image = Image.frombytes(mode, (5, 4), content)
    loaded = again(image)
    assert type(loaded) is Image.Image
    assert (loaded.mode, loaded.size) == (mode, (5, 4))
    assert loaded.tobytes() == image.tobytes()


def test_palettes_are_kept_and_pixels_beyond_one_are_pickled():
    image = Image.effect_noise((8, 8), 90).convert("RGB").quantize(5)
    assert again(image).convert("RGB").tobytes() == image.convert("RGB").tobytes()
    beyond = Image.frombytes("P", (1, 1), b"\x07")
    assert pickled_again(beyond, "palette") == beyond


@pytest.mark.parametrize("mode", ["HSV", "YCbCr", "PA"])
def test_modes_that_would_lose_something_are_pickled(mode: str):
    image = Image.new(mode, (2, 2))
    assert pickled_again(image, "without loss") == image


def reopened(image: Image.Image, kind: str, **options) -> Image.Image:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return Image.open(io.BytesIO(file.getvalue()))


def with_info(image: Image.Image, **info) -> Image.Image:
    image.info.update(info)
    return image


NOISE = Image.effect_noise((8, 8), 90).convert("RGB")
PROFILE = b"profile" * 1000
EXIF = Image.Exif()
EXIF[0x010E] = "a description"
TEXTS = PngInfo()
TEXTS.add_text("key", "value")
TEXTS.add_itxt("long", "é", "de", "lang")
IMAGES = {
    "jpeg": lambda: reopened(NOISE, "JPEG", dpi=(72, 72), exif=EXIF, comment=b"hello"),
    "jpeg of print": lambda: reopened(NOISE.convert("CMYK"), "JPEG"),
    "profile": lambda: reopened(NOISE, "JPEG", icc_profile=PROFILE),
    "png": lambda: reopened(NOISE, "PNG", pnginfo=TEXTS, dpi=(100, 100), gamma=0.4),
    "gif": lambda: reopened(NOISE.quantize(5), "GIF", transparency=2, duration=100),
    "colours with transparency": lambda: reopened(
        NOISE.quantize(5), "PNG", transparency=b"\0\x10\x20"
    ),
    "transparent colours": lambda: Image.new("RGBA", (4, 4), (255, 0, 0, 7)).quantize(3),
    "more colours than pixels": lambda: with_palette(Image.new("P", (2, 2)), bytes(range(48))),
    "tiff": lambda: reopened(NOISE, "TIFF", dpi=(72, 72), compression="tiff_lzw"),
    "webp": lambda: reopened(NOISE.convert("RGBA"), "WEBP", lossless=True, exif=EXIF),
    "a transparent grey": lambda: with_info(Image.new("L", (2, 2)), transparency=3),
    "a transparent colour": lambda: with_info(Image.new("RGB", (2, 2)), transparency=(1, 2, 3)),
    "notes": lambda: with_info(Image.new("1", (2, 2)), note={"a": (1, 2.5)}),
    "exif of its own": lambda: with_exif(Image.new("RGB", (2, 2))),
    "no number": lambda: Image.fromarray(np.array([[np.nan, np.inf]], dtype="f4")),
}


class Camera:
    """Something that a program keeps beside a picture."""


def with_palette(image: Image.Image, colours: bytes) -> Image.Image:
    image.putpalette(colours)
    return image


def with_exif(image: Image.Image) -> Image.Image:
    image.getexif()[0x010E] = "mine"
    return image


@pytest.mark.parametrize("name", IMAGES)
def test_all_that_is_known_of_an_image_comes_back(name: str):
    image = IMAGES[name]()
    image.load()  # some are told more of by then
    info = dict(image.info)
    loaded = again(image)
    assert type(loaded) is Image.Image
    assert (loaded.mode, loaded.size) == (image.mode, image.size)
    assert loaded.tobytes() == image.tobytes()
    assert loaded.convert("RGBA").tobytes() == image.convert("RGBA").tobytes()
    assert is_same(loaded.info, info)
    assert loaded.getexif().get(0x010E) == image.getexif().get(0x010E)
    if image.mode == "P":
        assert loaded.palette.mode == image.palette.mode
        assert loaded.getpalette(None) == image.getpalette(None)


def test_what_somebody_ties_to_an_image_may_need_a_pickle():
    image = with_info(Image.new("RGB", (2, 2)), taken_by=Camera())
    assert type(pickled_again(image, "Camera").info["taken_by"]) is Camera


def test_an_image_saved_by_earlier_versions_loads(tmp_path: Path):
    NOISE.save(tmp_path / "image.png")
    loaded = load(tmp_path, "pillow", "PIL.Image.Image", allow_pickle=False)
    assert loaded.tobytes() == NOISE.tobytes()


@pytest.mark.parametrize(
    "facts",
    [
        "[]", '{"info": 5}', '{"info": {"$part": ["eval", "1"]}}', '{"exif": "zz"}',
        '{"info": {"$dataclass": ["a.B", {}]}}', '{"palette": ["RGB"]}', '{"palette": ["X", "00"]}',
    ],
)  # fmt: skip
def test_hostile_facts_of_an_image_are_clear_errors(facts: str, tmp_path: Path):
    NOISE.quantize(4).save(tmp_path / "image.png")
    (tmp_path / "image.json").write_text(facts)
    with pytest.raises(InvalidInputError):
        load(tmp_path, "pillow", "PIL.Image.Image", allow_pickle=False)


def test_an_image_beyond_the_limit_of_pixels_loads_for_who_trusts_it(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    image = Image.new("L", (40, 40), 5)
    assert again(image, allow_pickle=True) == image
    numbers = Image.new("F", (40, 40), 0.5)  # TIFF has a limit of its own
    assert pickled_again(numbers) == numbers


def test_an_image_beyond_the_limit_of_pixels_is_an_error(monkeypatch, tmp_path: Path):
    save(Image.new("1", (40, 40)), tmp_path)
    for limit in (1500, 100):  # beyond Pillow's warning, and beyond its own error
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        with pytest.raises(InvalidInputError, match="pixels"):
            load(tmp_path, "pillow", "PIL.Image.Image", allow_pickle=False)
