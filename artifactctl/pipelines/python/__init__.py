"""Pipelines and steps that are Python functions."""
