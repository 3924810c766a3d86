"""The rules: what each one finds, why that breaks a replay, and what to use instead."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of fault; *finds* and *instead* are put into every message."""

    id: str
    finds: str
    instead: str
    why: str


CLOCK = Rule(
    "DET001",
    "reads the wall clock",
    "context.current_utc_datetime",
    "A replay runs later than the first run, so it would see another time.",
)
RANDOM = Rule(
    "DET002",
    "draws from chance",
    "random.Random(seed) with a seed derived from context.instance_id, or an activity",
    "A replay would draw another value and may take another branch.",
)
UUID = Rule(
    "DET003",
    "mints a new UUID",
    "context.new_uuid(), context.new_guid(), or uuid.uuid5 of the input",
    "A replay would mint another one; those of the context are derived from the instance.",
)
ENVIRONMENT = Rule(
    "DET004",
    "reads the environment",
    "the orchestration's input, or an activity",
    "A deployment or another machine changes it while instances are running.",
)
IO = Rule(
    "DET005",
    "does I/O",
    "an activity (context.call_activity) or context.call_http",
    "It would be done again on every replay, with another answer each time.",
)
LOGGING = Rule(
    "DET006",
    "prints or logs on every replay",
    "`if not context.is_replaying:` around it",
    "Every replay would say it again; what is read in the log did not happen that often.",
)
ASYNC = Rule(
    "DET007",
    "is asynchronous code",
    "a plain generator function with `yield` and `yield from`",
    "The Durable engine drives the generator itself; no event loop awaits anything for it.",
)
CONCURRENCY = Rule(
    "DET008",
    "starts threads, processes or event loops",
    "context.task_all or context.task_any over context.call_activity",
    "What runs beside the orchestrator finishes in another order on every replay.",
)
SLEEP = Rule(
    "DET009",
    "sleeps",
    "`yield context.create_timer(...)`",
    "Every replay would sleep again, and the sleep does not survive a restart.",
)
STATE = Rule(
    "DET010",
    "uses state that outlives the run",
    "local variables, the orchestration's input, or a durable entity",
    "Other instances and earlier replays change it; another worker does not have it.",
)
REBIND = Rule(
    "DET011",
    "rebinds a variable outside the orchestrator",
    "local variables and return values",
    "What a replay left behind is there for the next one.",
)
ORDER = Rule(
    "DET012",
    "depends on the order of a set",
    "sorted(...) of it, or a list or dict",
    "Strings hash differently in every process, so a set's order changes with the worker.",
)
HASH = Rule(
    "DET013",
    "depends on hash() or id()",
    "zlib.crc32 or hashlib of the encoded value",
    "Both differ from process to process.",
)
DISCARDED = Rule(
    "DET014",
    "makes a task and throws it away",
    "`yield` (or `yield from` for a generator) before it",
    "A task that is never yielded is never scheduled, or nobody learns how it ended.",
)
NO_TASK = Rule(
    "DET015",
    "yields what is no task",
    "a task of the context, or `yield from` for a generator",
    "The engine only resumes an orchestrator for tasks.",
)
SWALLOWED = Rule(
    "DET016",
    "swallows GeneratorExit around a yield",
    "`except Exception`, or raise again",
    "The engine closes a generator it abandons; one that goes on runs code twice.",
)
OPAQUE = Rule(
    "DET090",
    "calls a package this check cannot see into",
    "an activity, or `# determinism: ignore[DET090] reason` once you have read it",
    "It may do any of the above.",
)
REASONLESS = Rule(
    "DET098",
    "suppresses without a reason, or no known rule",
    "`# determinism: ignore[DET0xx] reason`",
    "Whoever reads it next has to know why it is safe.",
)
UNUSED = Rule(
    "DET099",
    "suppresses what is not found here",
    "no comment",
    "It would hide a fault that comes later.",
)

RULES = {
    rule.id: rule
    for rule in (
        CLOCK,
        RANDOM,
        UUID,
        ENVIRONMENT,
        IO,
        LOGGING,
        ASYNC,
        CONCURRENCY,
        SLEEP,
        STATE,
        REBIND,
        ORDER,
        HASH,
        DISCARDED,
        NO_TASK,
        SWALLOWED,
        OPAQUE,
        REASONLESS,
        UNUSED,
    )
}


def table() -> str:
    """The rules as the Markdown table of docs/determinism.md."""
    rows = [f"| {r.id} | {r.finds} | {r.instead} | {r.why} |" for r in RULES.values()]
    return "\n".join(["| rule | it | use instead | why |", "|---|---|---|---|", *rows])
