"""Going through many dead letters of one app: find them all, then settle one after the other."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing, asynccontextmanager, suppress

import aiohttp
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from devstack.dead_letters import DeadLetter, DeadLetterBox, Fate
from devstack.storefront import NoProgressError, Patience, Storefront

AT_ONCE = 8
NO_PROGRESS_SECONDS = 60.0

Settle = Callable[[DeadLetterBox, DeadLetter], Awaitable[Fate]]


class Errand:
    """Letters that *which* describes, in the app at *base_url*."""

    def __init__(self, base_url: str, key: str, which: Mapping[str, str], console: Console) -> None:
        self._base_url = base_url
        self._headers = {"x-functions-key": key} if key else {}
        self._which = which
        self._console = console
        self._patience = Patience(NO_PROGRESS_SECONDS)
        self.letters: list[DeadLetter] = []
        self.fates: list[Fate] = []

    async def collect(self, at_most: int | None = None) -> int:
        """Find the letters. All before any is settled, since settling changes what fits.

        Raises:
            ApiError: there is no app, or it does not list them.
        """
        with self._console.status("Reading the letters ..."):
            async with self._box() as box, aclosing(box.matching(self._which)) as matching:
                async for letter in matching:
                    if len(self.letters) == at_most:
                        break
                    self.letters.append(letter)
        return 0

    async def settle_all(self, settle: Settle, what: str) -> int:
        """Settle every letter that was found, some at a time; 1 if any of them could not be.

        When the app has not answered for long, the rest is left alone.
        """
        self._patience.renew()
        waiting = iter(self.letters)
        columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        nobody_looks = not self._console.is_terminal
        with Progress(
            *columns, console=self._console, transient=True, disable=nobody_looks
        ) as progress:
            task = progress.add_task(what, total=len(self.letters))

            async def work_off(box: DeadLetterBox) -> None:
                # Without progress all give up; the letters without a fate are the rest.
                with suppress(NoProgressError):
                    for letter in waiting:
                        self.fates.append(await settle(box, letter))
                        self._patience.renew()
                        progress.advance(task)

            async with self._box() as box:
                await asyncio.gather(*(work_off(box) for _ in range(AT_ONCE)))
        return 1 if self.left or any(fate.failed for fate in self.fates) else 0

    @property
    def left(self) -> int:
        """How many letters were found and not settled, one way or the other."""
        return len(self.letters) - len(self.fates)

    @asynccontextmanager
    async def _box(self) -> AsyncIterator[DeadLetterBox]:
        timeout = aiohttp.ClientTimeout(total=NO_PROGRESS_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout, headers=self._headers) as session:
            app = Storefront(session, self._base_url, self._patience)
            await app.require_health()
            yield DeadLetterBox(app)
