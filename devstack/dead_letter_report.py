"""How dead letters, and what became of them, are printed."""

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from devstack.dead_letters import DeadLetter, Fate

SHOWN_FAILURES = 10
_STYLES = {"dead": "bold red", "waiting": "bold yellow", "applied": "green", "discarded": "dim"}


def print_letter(letter: DeadLetter, console: Console) -> None:
    """A letter in a few lines; its id stands alone, to be copied."""
    head = ((letter.id, "bold"), (letter.state, _STYLES.get(letter.state, "")), letter.reason)
    since = f"{letter.at[:19].replace('T', ' ')} UTC"
    event = " ".join(
        part
        for part in (
            letter.event_type or "Unknown event",
            letter.event_id,
            letter.source and f"from {letter.source}",
        )
        if part
    )
    lines = [
        Text("  ").join(Text(*part) if isinstance(part, tuple) else Text(part) for part in head),
        Text(f"  {event}"),
        Text(f"  Given up by {letter.origin}; {letter.state} since {since}", "dim"),
        Text(f"  {letter.detail}"),
    ]
    for line in lines:
        console.print(line, soft_wrap=True)
    console.print()


def as_counts(letters: Iterable[DeadLetter]) -> Table:
    """How many letters there are of each kind, most first."""
    table = Table(box=None, pad_edge=False)
    for name in ("State", "Reason", "Event type", "Source"):
        table.add_column(name, overflow="fold")  # whole, to be copied into an option
    table.add_column("Letters", justify="right")
    kinds = Counter((each.state, each.reason, each.event_type, each.source) for each in letters)
    for kind, count in kinds.most_common():
        table.add_row(*(Text(part) for part in kind), f"{count:,}")
    return table


def print_fates(fates: Sequence[Fate], console: Console) -> None:
    """What became of each kind, and for some that failed, why."""
    counts = Counter((fate.outcome, fate.failed) for fate in fates)
    if not counts:
        return
    table = Table("Outcome", min_width=40)
    table.add_column("Letters", justify="right")
    for (outcome, failed), count in counts.most_common():
        table.add_row(Text(outcome, "red" if failed else "green"), f"{count:,}")
    console.print(table)
    failures = [fate for fate in fates if fate.failed]
    for fate in failures[:SHOWN_FAILURES]:
        console.print(Text(fate.letter.id, "bold"), soft_wrap=True)
        console.print(Text(f"  {fate.detail}"), soft_wrap=True)
    if len(failures) > SHOWN_FAILURES:
        console.print(f"... and {len(failures) - SHOWN_FAILURES:,} more that failed.", style="dim")
