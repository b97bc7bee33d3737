"""README as a package index shows it: links to files of the repository would lead nowhere there."""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

_PICTURE = re.compile(r"^!\[[^\]]*\]\((?!https?:)[^)]*\)\n+", re.MULTILINE)
_GUIDE = re.compile(r"\[[^\]]+\]\(artifactctl/guides/([\w-]+)\.md\)")
_FILE = re.compile(r"\[([^\]]+)\]\((?!https?:)[^)]*\)")


class Readme(MetadataHookInterface):
    """Names the command that shows a guide instead of its file."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the long description of the package."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        text = _GUIDE.sub(r"`artifactctl help \1`", _PICTURE.sub("", text))
        metadata["readme"] = {"content-type": "text/markdown", "text": _FILE.sub(r"\1", text)}
