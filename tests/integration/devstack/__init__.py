"""The local stack and the run that drives it."""
