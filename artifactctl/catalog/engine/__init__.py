"""What kinds of databases a catalog can be in, and what they do differently."""
