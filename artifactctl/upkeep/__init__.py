"""Keeping catalog and store consistent: records, verification, pruning, garbage collection.

Callers import the modules, since every change needs one of them, and few need the others.
"""
