"""Fast tests that do no I/O."""
