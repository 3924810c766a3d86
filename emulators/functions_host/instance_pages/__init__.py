"""Pages to look at orchestration instances and entities with a browser: ``/runtime/durable``."""
