"""Printing results for people and programs; no other room decides how results look."""
