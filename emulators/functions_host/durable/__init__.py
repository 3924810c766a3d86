"""The Durable Task engine: event-sourced orchestrations, and entities, over SQLite.

``actions`` reads what an orchestrator wants, ``replay`` decides what that means for its history,
``entities`` runs operations, ``store`` and ``entity_store`` make it all durable, and ``engine``
moves instances forward.
"""
