"""The ``dead-letters`` commands: look at what went astray, and settle many letters at once."""

from enum import StrEnum
from typing import Annotated

import typer

from devstack.dead_letter_errand import Errand, Settle
from devstack.dead_letter_report import as_counts, print_fates, print_letter
from devstack.dead_letters import DeadLetter, DeadLetterBox, Fate
from devstack.ports import Ports
from devstack.terminal import console, explained, finish

_APP = Ports().urls()["functions"]

dead_letters = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Look at events that went astray, in an app that runs, and settle many at once.",
)


class State(StrEnum):
    """Which letters to list."""

    DEAD = "dead"
    WAITING = "waiting"
    APPLIED = "applied"
    DISCARDED = "discarded"
    ALL = "all"


class Unsettled(StrEnum):
    """Which letters to settle."""

    DEAD = "dead"
    WAITING = "waiting"


Reason = Annotated[str | None, typer.Option(help="Only letters with this reason.")]
Type = Annotated[str | None, typer.Option(help="Only events of this type.")]
Source = Annotated[str | None, typer.Option(help="Only events from this source.")]
Limit = Annotated[int | None, typer.Option(min=1, help="Only the oldest so many.")]
BaseUrl = Annotated[str, typer.Option(envvar="ORDERS_URL", help="Where the app answers.")]
Key = Annotated[
    str,
    typer.Option(
        envvar="FUNCTION_KEY",
        help="The function key that the app wants in Azure; better left to the environment.",
        show_default=False,
    ),
]


@dead_letters.command("list")
def list_letters(
    reason: Reason = None,
    type: Type = None,  # noqa: A002  the name of the option
    source: Source = None,
    state: Annotated[State, typer.Option(help="Only letters in this state.")] = State.DEAD,
    limit: Annotated[int, typer.Option(min=0, help="Show so many; all are counted.")] = 20,
    base_url: BaseUrl = _APP,
    key: Key = "",
) -> None:
    """Show letters, oldest event first, and count all of their kinds."""
    errand = Errand(base_url, key, _which(reason, type, source, state), console)
    _collect(errand)
    for letter in errand.letters[:limit]:
        print_letter(letter, console)
    if 0 < limit < len(errand.letters):
        console.print(f"... and {len(errand.letters) - limit:,} more.\n", style="dim")
    _count(errand.letters)


@dead_letters.command()
def replay(
    reason: Reason = None,
    type: Type = None,  # noqa: A002  the name of the option
    source: Source = None,
    state: Annotated[Unsettled, typer.Option(help="Only letters in it.")] = Unsettled.DEAD,
    limit: Limit = None,
    base_url: BaseUrl = _APP,
    key: Key = "",
) -> None:
    """Have the app try events again; exit code 1 if it could not take some of them in."""
    errand = Errand(base_url, key, _which(reason, type, source, state), console)
    _collect(errand, limit)
    _count(errand.letters)
    _settle(errand, DeadLetterBox.replay, "Replaying")


@dead_letters.command()
def discard(
    reason: Reason = None,
    type: Type = None,  # noqa: A002  the name of the option
    source: Source = None,
    state: Annotated[Unsettled, typer.Option(help="Only letters in it.")] = Unsettled.DEAD,
    limit: Limit = None,
    comment: Annotated[str, typer.Option(help="Who decides this, and why; kept with it.")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    base_url: BaseUrl = _APP,
    key: Key = "",
) -> None:
    """Decide that events are not to be taken in. Letters and events are kept."""
    errand = Errand(base_url, key, _which(reason, type, source, state), console)
    _collect(errand, limit)
    _count(errand.letters)
    if errand.letters and not yes:
        typer.confirm(f"Discard {_letters(len(errand.letters))}?", abort=True)

    async def discard(box: DeadLetterBox, letter: DeadLetter) -> Fate:
        return await box.discard(letter, comment)

    _settle(errand, discard, "Discarding")


def _which(
    reason: str | None, type_: str | None, source: str | None, state: StrEnum
) -> dict[str, str]:
    asked = {"reason": reason, "type": type_, "source": source, "state": state.value}
    return {name: value for name, value in asked.items() if value is not None}


def _collect(errand: Errand, limit: int | None = None) -> None:
    with explained():
        code = finish(errand.collect(limit))
    if code:
        raise typer.Exit(code)


def _count(letters: list[DeadLetter]) -> None:
    if len(letters) > 1:
        console.print(as_counts(letters))
    console.print(f"{_letters(len(letters))}." if letters else "There are no such letters.")


def _settle(errand: Errand, settle: Settle, what: str) -> None:
    if not errand.letters:
        raise typer.Exit(0)
    with explained():
        try:
            code = finish(errand.settle_all(settle, what))
        finally:
            # What was done is done, also if the rest was not.
            print_fates(errand.fates, console)
            if errand.left:
                console.print(f"{_letters(errand.left)} left as before.", style="red")
    raise typer.Exit(code)


def _letters(count: int) -> str:
    return f"{count:,} {'letter' if count == 1 else 'letters'}"
