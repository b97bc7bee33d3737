"""A digest of the code of a step, for its cache key: the step's own and what it uses."""
