"""Pipelines of steps, which are Python functions or commands: planned, run, cached, recorded."""
