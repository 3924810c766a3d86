"""The process that runs an app's own code, as the Python worker does for the real host."""
