"""Pages to look at orchestration instances with a browser: ``/runtime/durable``."""
