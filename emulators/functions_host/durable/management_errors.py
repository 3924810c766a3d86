"""What the management API refuses."""


class ManagementError(Exception):
    """A request the API refuses, with its HTTP status."""

    def __init__(self, status: int, message: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
