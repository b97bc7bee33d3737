"""The database under the catalog: how statements reach it, and what it promises.

Everything that only one kind of database understands is in here.
"""
