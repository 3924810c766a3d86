"""What the user of the command can put right."""


class CostError(Exception):
    """Its message is all a user needs; no traceback goes with it."""
