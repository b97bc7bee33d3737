"""The only SQL: what artifacts and versions there are, and everything said about them."""
