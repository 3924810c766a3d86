"""One suite per port, run against its in-memory fake and against the real adapter."""
