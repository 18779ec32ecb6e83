"""vspec from Python. Needs numpy, nothing else."""
