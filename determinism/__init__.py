"""Finds what would differ when Durable Functions replays a Python orchestrator."""
