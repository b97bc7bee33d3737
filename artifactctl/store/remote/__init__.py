"""A store on another machine: object stores, and file systems that fsspec speaks to."""
