"""What libraries say is wrong, as a part of one line."""

MAX_CHARS = 300


def one_line(error: Exception) -> str:
    """The text of an error without line breaks, and not longer than a message may be."""
    return " ".join(str(error).split())[:MAX_CHARS]
