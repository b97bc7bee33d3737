"""A home in use: its settings, its catalog and its store."""

from artifactctl.home.home import Home, Origin, repeated

__all__ = ["Home", "Origin", "repeated"]
