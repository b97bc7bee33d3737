"""Warnings that point at the line of the program that is to be changed, not at ours."""

import sys
import warnings
from pathlib import Path

_OURS = f"{Path(__file__).parent}/"


def warn_caller(message: str) -> None:
    """Warn the innermost caller outside of this package."""
    frame, level = sys._getframe(1), 2
    while frame.f_code.co_filename.startswith(_OURS) and frame.f_back is not None:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)
