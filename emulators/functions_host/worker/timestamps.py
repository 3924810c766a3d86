"""Spares the Durable SDK from parsing the same timestamps again with every replay.

A replay is given the whole history, and four fifths of its time went into reading the times of
events that earlier replays had read. The parser is the SDK's own, and so are its results; only
what it has once read is remembered.
"""

import sys
from functools import lru_cache

# The package has a class of the same name, which hides the module from an import.
_MODULE = "azure.durable_functions.models.history.HistoryEvent"
_REMEMBERED = 100_000


def remember() -> None:
    """Do so from now on, in this process; nothing happens without the SDK, or to another one."""
    module = sys.modules.get(_MODULE)
    parse = getattr(module, "dt_parse", None)
    if module is not None and parse is not None and not hasattr(parse, "cache_info"):
        vars(module)["dt_parse"] = lru_cache(_REMEMBERED)(parse)
