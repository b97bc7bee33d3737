"""Steps that execute commands or only register files: their plan, cache key and execution."""
