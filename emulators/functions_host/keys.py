"""Function keys: deterministic local ones, so that scripts and tests can know them.

| key | value | opens |
|---|---|---|
| master | ``local-master-key`` | everything |
| host | ``local-host-key`` | every function of level FUNCTION |
| function | ``local-function-key-NAME`` | function NAME |
| system | ``local-system-key-durabletask_extension`` | the Durable management API |
| system | ``local-system-key-eventgrid_extension`` | the Event Grid webhook |
"""

import hmac
from collections.abc import Iterable

MASTER_KEY = "local-master-key"
HOST_KEY = "local-host-key"
DURABLE_SYSTEM_KEY = "local-system-key-durabletask_extension"
EVENT_GRID_SYSTEM_KEY = "local-system-key-eventgrid_extension"


def function_key(name: str) -> str:
    """The key of the function *name*."""
    return f"local-function-key-{name}"


def opens_function(key: str | None, auth_level: str, function_name: str) -> bool:
    """Whether *key* opens a function of *auth_level*; a system key opens none."""
    level = auth_level.lower()
    if level == "anonymous":
        return True
    if level == "admin":
        return _is_one_of(key, [MASTER_KEY])
    return _is_one_of(key, [MASTER_KEY, HOST_KEY, function_key(function_name)])


def opens_admin(key: str | None) -> bool:
    """Whether *key* opens ``/admin``."""
    return _is_one_of(key, [MASTER_KEY])


def opens_durable(key: str | None) -> bool:
    """Whether *key* opens the Durable webhook."""
    return _is_one_of(key, [MASTER_KEY, DURABLE_SYSTEM_KEY])


def opens_event_grid(key: str | None) -> bool:
    """Whether *key* opens the Event Grid webhook."""
    return _is_one_of(key, [MASTER_KEY, EVENT_GRID_SYSTEM_KEY])


def _is_one_of(key: str | None, accepted: Iterable[str]) -> bool:
    given = (key or "").encode()
    return any(hmac.compare_digest(given, one.encode()) for one in accepted)
