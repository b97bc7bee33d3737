"""Pipelines of Python functions: what they return becomes versions, each run is recorded."""
