"""Suites that check implementations of artifactctl's interfaces; they need pytest."""
