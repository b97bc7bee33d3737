"""The run engine: plan, cache, run and captured output of steps of every kind."""
