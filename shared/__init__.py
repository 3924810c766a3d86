"""Domain, use cases, adapters and wiring that triggers, orchestrations and activities share."""
