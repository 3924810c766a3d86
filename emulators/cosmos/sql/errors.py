"""What is wrong with a statement."""


class SqlError(ValueError):
    """The statement cannot be parsed or run; the service answers 400."""
