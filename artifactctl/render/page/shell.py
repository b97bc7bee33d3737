"""A page as one HTML file: its parts, and a policy that lets it load nothing else."""

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from importlib.resources import files

from artifactctl.json_text import JsonObject


def part(name: str) -> str:
    """The text of a file of this room: a style, or a document with places as `{{NAME}}`."""
    return (files(__package__) / name).read_text(encoding="utf-8")


def document(name: str) -> str:
    """A document with places, after the head that all pages have: `POLICY`, `TITLE`, `STYLE`."""
    return part("head.html") + part(name)


def filled(text: str, **parts: str) -> str:
    """The text with its places filled."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found.group(1)], text)


def policy(scripts: Sequence[str], style: str, *more: str, has_frames: bool = False) -> str:
    """The content security policy: only scripts in the file, by hash, and no `eval`.

    Vega would need `eval` for its expressions; `interpreter.js` interprets them instead. `more`
    are further directives. A page that `has_frames` with documents lets these have styles and fonts
    of their own, since its policy is theirs, too.
    """
    known = " ".join(map(_digest, scripts))
    styles = "'unsafe-inline'; font-src data:" if has_frames else _digest(style)
    directives = (
        *("default-src 'none'", f"script-src {known}", f"style-src {styles}"),
        *("img-src data:", "base-uri 'none'", "form-action 'none'"),
    )
    return "; ".join((*directives, *more))


def inert(value: JsonObject) -> str:
    """JSON in ASCII that cannot end a script element or begin a comment."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    # As escapes, `<` and `&` mean the same in JSON, and nothing in HTML.
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
