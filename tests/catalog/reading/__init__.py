"""Tests of what the catalog answers."""
