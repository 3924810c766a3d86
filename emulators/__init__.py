"""Local servers that speak the wire protocols of the services the app uses.

Each is usable alone (``python -m emulators.NAME --help``), keeps its state in SQLite, listens on
loopback only, and fails loudly, naming itself, when asked for something it does not support.
"""
