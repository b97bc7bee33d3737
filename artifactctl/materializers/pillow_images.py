"""Images of Pillow: PNG, or TIFF for modes that PNG does not have.

Palette, information and EXIF are in `image.json` if the file does not give them back unchanged.
"""

import io
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from PIL import Image
from PIL.PngImagePlugin import PngImageFile, iTXt
from PIL.TiffImagePlugin import IFDRational, TiffImageFile

from artifactctl.enums import ArtifactType, VisualizationType
from artifactctl.errors import CannotHoldError, InvalidInputError
from artifactctl.materializers.base_materializer import BaseMaterializer
from artifactctl.materializers.drawing import write_visuals
from artifactctl.materializers.encoding import Decoder, Encoder, checked_dict
from artifactctl.materializers.parts import read_json, write_json
from artifactctl.materializers.sameness import is_same
from artifactctl.visuals import Visual

_PNG, _TIFF, _FACTS = "image.png", "image.tiff", "image.json"
_SHOWN_PIXELS = 1024  # the longer side of a picture that is made to be shown
_PNG_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})
_TIFF_MODES = frozenset({"CMYK", "F", "I", "LAB"})


class PillowMaterializer(BaseMaterializer):
    """One image without loss; one with several frames is refused."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (Image.Image,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA
    DRAWN_FROM_FILES: ClassVar[bool] = True

    def save(self, data: Image.Image) -> None:
        """Write it; raises `CannotHoldError` if that loses something."""
        if getattr(data, "n_frames", 1) > 1:
            raise InvalidInputError(
                "the image has several frames", hint="save the path of its file, or one frame"
            )
        if not data.width or not data.height:
            raise CannotHoldError(f"an image of {data.width} x {data.height} pixels is empty")
        if data.mode == "P" and _highest(data) >= len(data.getpalette("RGB") or ()) // 3:
            raise CannotHoldError("the image has pixels of a colour that its palette lacks")
        if data.mode in _PNG_MODES:
            exif = data.info.get("exif")
            more = {"exif": exif} if isinstance(exif, bytes) else {}
            data.save(Path(self.uri, _PNG), format="PNG", **more)
        elif data.mode in _TIFF_MODES:
            data.save(Path(self.uri, _TIFF), format="TIFF")
        else:
            raise CannotHoldError(
                f"an image of mode {data.mode!r} cannot be saved without loss",
                hint="convert it first: image.convert('RGB')",
            )
        self._save_facts(data)

    def load(self, data_type: type) -> Image.Image:  # noqa: ARG002 - an image without a file
        """Read it; beyond Pillow's limit of pixels that needs consent, or `InvalidInputError`."""
        image = self._read(limited=not self.allow_pickle)
        if Path(self.uri, _FACTS).exists():
            facts = checked_dict(read_json(Path(self.uri, _FACTS)))
            if "palette" in facts:
                mode, colours = facts["palette"]
                image.putpalette(bytes.fromhex(colours), mode)
            if "info" in facts:
                image.info = checked_dict(Decoder(_no_class, _read_part).decode(facts["info"]))
            if "exif" in facts:
                image.getexif().load(bytes.fromhex(facts["exif"]))
        return image

    def save_visualizations(self, data: Any) -> dict[str, VisualizationType]:  # noqa: ARG002 - the file
        """`image.png`, or a smaller PNG of an image that is no PNG."""
        if Path(self.uri, _PNG).exists():
            return {str(Path(self.uri, _PNG)): VisualizationType.IMAGE}
        image = self._read(limited=True).convert("RGB")
        image.thumbnail((_SHOWN_PIXELS, _SHOWN_PIXELS))
        content = io.BytesIO()
        image.save(content, format="PNG")
        shown = Visual("preview.png", VisualizationType.IMAGE, content.getvalue())
        return write_visuals(self.uri, [shown])

    def extract_metadata(self, data: Image.Image) -> dict[str, Any]:
        """`width`, `height` and `mode`."""
        return {"width": data.width, "height": data.height, "mode": data.mode}

    def _save_facts(self, data: Image.Image) -> None:
        """Write what the file does not give back; raise `CannotHoldError` for other pixels."""
        again = self._read(limited=False)
        facts: dict[str, Any] = {}
        if _palette(again) != (palette := _palette(data)) and palette is not None:
            again.putpalette(palette[1], palette[0])
            facts["palette"] = [palette[0], bytes(palette[1]).hex()]
        if _picture(again) != _picture(data):
            raise CannotHoldError(f"an image of mode {data.mode!r} would not load unchanged")
        if not is_same(again.info, data.info):
            again.info = dict(data.info)
            facts["info"] = Encoder(_write_part).encode(dict(data.info))
        exif = data.getexif()
        if dict(exif) != dict(again.getexif()):
            facts["exif"] = exif.tobytes().hex()
        if facts:
            write_json(Path(self.uri, _FACTS), facts)

    def _read(self, *, limited: bool) -> Image.Image:
        path = Path(self.uri, _PNG)
        opened: Callable[[Path], Image.Image] = PngImageFile
        if not path.exists():
            path, opened = Path(self.uri, _TIFF), TiffImageFile
        with warnings.catch_warnings():
            # Up to twice its limit Pillow only warns; `_check_pixels` refuses.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with opened(path) as image:
                if limited:
                    _check_pixels(image)
                image.load()
                return image.copy()


def _picture(image: Image.Image) -> tuple[Any, ...]:
    return image.mode, image.size, _palette(image), image.tobytes()


def _palette(image: Image.Image) -> tuple[str, list[int]] | None:
    """The mode and colours of a palette; with mode RGBA each colour has a transparency."""
    palette = image.palette
    return None if palette is None else (palette.mode, image.getpalette(palette.mode) or [])


def _highest(image: Image.Image) -> int:
    return max(image.tobytes())


def _check_pixels(image: Image.Image) -> None:
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and image.width * image.height > limit:
        raise InvalidInputError(
            f"an image of {image.width} x {image.height} pixels is more than {limit}",
            hint="raise PIL.Image.MAX_IMAGE_PIXELS if you trust whoever saved it",
        )


def _write_part(part: Any) -> dict[str, Any]:
    """An item of `Image.info` of a type that only Pillow has."""
    if type(part) is bytes:
        return {"$part": ["bytes", part.hex()]}
    if type(part) is iTXt:
        return {"$part": ["text", str(part), part.lang, part.tkey]}
    if type(part) is IFDRational:
        return {"$part": ["rational", int(part.numerator), int(part.denominator)]}
    raise CannotHoldError(
        f"the image has information of type {type(part).__qualname__!r}, which cannot be saved"
    )


def _read_part(content: Any) -> Any:
    kind, *values = content
    return _PARTS[kind](*values)


def _no_class(name: str) -> type:
    raise InvalidInputError(f"{_FACTS!r} names a class {name!r}, which images do not have")


_PARTS: Mapping[str, Callable[..., Any]] = {
    "bytes": bytes.fromhex,
    "text": iTXt,
    "rational": IFDRational,
}
