"""Tests of what changes the catalog."""
