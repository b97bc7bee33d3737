"""The digest of a step's code for its cache key, which covers the project code that it uses."""
