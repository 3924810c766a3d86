"""The deterministic zone: sagas as the business tells them.

Durable replays these functions from history, so nothing here may differ from one run to the next:
time and ids come from the context, I/O happens in activities, and what is configurable was pinned
on the order at intake.
"""
