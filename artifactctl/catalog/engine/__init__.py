"""The database engines of the catalog: connections, transactions and dialects.

Everything that depends on the kind of the database is in this package.
"""
