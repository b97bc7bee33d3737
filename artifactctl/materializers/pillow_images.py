"""Images of Pillow: PNG, and TIFF for what PNG has no word for."""

import warnings
from pathlib import Path
from typing import Any, ClassVar

from PIL import Image

from artifactctl.enums import ArtifactType
from artifactctl.errors import CannotHoldError, InvalidInputError
from artifactctl.materializers.base_materializer import BaseMaterializer

_PNG, _TIFF = "image.png", "image.tiff"
_PNG_MODES = frozenset({"1", "L", "LA", "P", "RGB", "RGBA", "I;16"})
_TIFF_MODES = frozenset({"CMYK", "F", "I", "LAB"})


class PillowMaterializer(BaseMaterializer):
    """One picture, every pixel as it was; of a file with several frames none is chosen."""

    ASSOCIATED_TYPES: ClassVar[tuple[type, ...]] = (Image.Image,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    def save(self, data: Image.Image) -> None:
        """Write it; raises `CannotHoldError` for modes that no format holds without loss."""
        if getattr(data, "n_frames", 1) > 1:
            raise InvalidInputError(
                "the image has several frames", hint="save the path of its file, or one frame"
            )
        if not data.width or not data.height:
            raise CannotHoldError(f"an image of {data.width} x {data.height} pixels has none")
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
                f"an image of mode {data.mode!r} cannot be kept without loss",
                hint="convert it first: image.convert('RGB')",
            )

    def load(self, data_type: type[Any]) -> Any:  # noqa: ARG002 - an image without a file
        """Read it; raises `InvalidInputError` beyond Pillow's limit of pixels."""
        path = Path(self.uri, _PNG)
        if not path.exists():
            path = Path(self.uri, _TIFF)
        with warnings.catch_warnings():
            # Pillow warns of a bomb up to twice its limit; here that is an error, below.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(path, formats=["PNG" if path.suffix == ".png" else "TIFF"]) as image:
                _check_pixels(image)
                image.load()
                return image.copy()

    def extract_metadata(self, data: Image.Image) -> dict[str, Any]:
        """`width`, `height` and `mode`."""
        return {"width": data.width, "height": data.height, "mode": data.mode}


def _highest(image: Image.Image) -> int:
    return max(image.tobytes())


def _check_pixels(image: Image.Image) -> None:
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and image.width * image.height > limit:
        raise InvalidInputError(
            f"an image of {image.width} x {image.height} pixels is more than {limit}",
            hint="raise PIL.Image.MAX_IMAGE_PIXELS if you trust whoever saved it",
        )
