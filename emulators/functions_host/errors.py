"""What can go wrong in the host, split by who has to act on it.

HostError
├── StartError        the app or its settings are wrong; the host does not start
├── InvocationError  a user function raised, returned what it may not, or took too long
├── WorkerLostError  the process that ran a function ended
└── ForgottenError   the worker needs an input as a whole
"""


class HostError(Exception):
    """Base of the errors this host raises on its own account."""


class StartError(HostError):
    """The app cannot be loaded; the message says what to change."""


class FunctionLoadError(StartError):
    """One function does not satisfy the rules of the Python worker."""

    def __init__(self, function_name: str, reason: str) -> None:
        super().__init__(f"cannot load the {function_name} function: {reason}")


class UnsupportedError(StartError):
    """The app asks for something this emulator does not have."""

    def __init__(self, feature: str) -> None:
        super().__init__(f"emulators.functions_host does not support {feature}")


class InvocationError(HostError):
    """A user function failed; the text is what crosses from the worker to the host.

    *exception* is ``TypeName: message`` and *stack* the traceback of the user's frames.
    """

    def __init__(self, exception: str, stack: str = "") -> None:
        super().__init__(f"Result: Failure\nException: {exception}\nStack: {stack}")
        self.exception = exception
        self.stack = stack


class WorkerLostError(HostError):
    """A worker process ended before it answered: its functions may have run, in part or not."""


class ForgottenError(HostError):
    """The worker has not kept the beginning of an input: nothing has run yet."""
