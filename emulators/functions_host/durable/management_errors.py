"""What the management API refuses."""

BAD_ARGUMENT = "One or more of the arguments submitted is incorrect"
WENT_WRONG = "Something went wrong while processing your request"


class ManagementError(Exception):
    """A request the API refuses, with its HTTP status; *detail* is the exception behind it."""

    def __init__(self, status: int, message: str | None = None, detail: str | None = None) -> None:
        super().__init__(detail or message)
        self.status = status
        self.message = message
        self.detail = detail or message


class BadArgument(ManagementError):
    """An ArgumentException of the real service, which its API answers with 400."""

    def __init__(self, detail: str) -> None:
        super().__init__(400, BAD_ARGUMENT, detail)
