"""What ``/admin/host/status`` answers (``HostStatus.cs``)."""

import socket
import time
import uuid
from typing import Any

# The host whose behaviour this one restates.
_VERSION = "4.1037.0.0"


class HostStatus:
    """This run of the host."""

    def __init__(self, app_name: str) -> None:
        self._id = f"{socket.gethostname()}-{app_name}".lower()[:32]
        self._instance = uuid.uuid4().hex
        self._began = time.monotonic()

    def to_json(self) -> dict[str, Any]:
        """The fields of the real host."""
        return {
            "id": self._id,
            "state": "Running",
            "version": _VERSION,
            "versionDetails": f"{_VERSION} (emulators.functions_host)",
            "platformVersion": "",
            "instanceId": self._instance,
            "computerName": socket.gethostname(),
            "processUptime": int(1000 * (time.monotonic() - self._began)),
            "functionAppContentEditingState": "NotAllowed",
            "extensionBundle": None,
        }
