"""What every trigger that the host watches for itself can do."""


class Listener:
    """Watches for what starts one function."""

    async def prepare(self) -> None:
        """Look for what watching needs, before any function runs.

        Raises:
            StartError: it is not there.
        """

    async def run(self) -> None:
        """Watch, and run the function, until cancelled."""
        raise NotImplementedError

    async def run_now(self, text: str) -> None:
        """Run the function once with *text* as what the trigger would have found.

        Raises:
            InvocationError: it failed.
        """
        raise NotImplementedError
