"""Queries of the catalog: SELECT statements, and the values built from their rows."""
