"""The Durable Task engine: event-sourced orchestrations over SQLite.

``actions`` reads what an orchestrator wants, ``replay`` decides what that means for its history,
``store`` makes it durable, and ``engine`` moves instances forward.
"""
