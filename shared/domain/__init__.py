"""The rules of ordering in plain Python: no Azure package, no I/O."""
