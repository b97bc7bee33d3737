"""The run engine: plan, cache, execution and captured output of steps, whatever their kind."""
