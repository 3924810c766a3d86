"""Translates the outside world into use cases and back, and does nothing else."""
