"""What all errors have in common that are for the user of the command line to put right."""


class DevstackError(Exception):
    """Its message is all a user needs; no traceback goes with it."""
