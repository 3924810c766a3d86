"""Starts the app and the services it needs on this machine, and drives it with real orders."""
