"""The living catalog for a browser on this machine, and for nobody else."""
