"""A home in use: its settings, its catalog and its store."""

from artifactctl.home.home import Home, Origin

__all__ = ["Home", "Origin"]
