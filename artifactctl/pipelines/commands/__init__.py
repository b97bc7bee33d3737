"""Steps that are commands, or files alone: planned, executed, and recorded."""
