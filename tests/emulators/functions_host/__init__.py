"""The Functions host, as its own process, with real apps and the real SDK."""
