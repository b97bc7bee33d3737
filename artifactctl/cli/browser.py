"""Showing a page in a browser."""

import os

from artifactctl.cli import doors
from artifactctl.cli.session import Session

# They would show little of a page, and take over the terminal.
_TEXT_BROWSERS = ("www-browser", "links", "elinks", "lynx", "w3m")


def show_page(session: Session, address: str) -> None:
    """Open a page; without a graphical browser, say where it is."""
    try:
        is_graphical = doors.webbrowser.get().name not in _TEXT_BROWSERS
    except (doors.webbrowser.Error, AttributeError):
        is_graphical = "BROWSER" in os.environ
    if not is_graphical or not doors.webbrowser.open(address):
        session.say(f"No browser was found; open {address}")
