"""What one invocation works on: the settings, the catalog and the store of one home."""

from artifactctl.home.home import Home, Origin

__all__ = ["Home", "Origin"]
