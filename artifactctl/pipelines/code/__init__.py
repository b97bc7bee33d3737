"""The code of a step: a digest of what it does, for its cache key."""
