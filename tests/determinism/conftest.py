from collections.abc import Callable
from pathlib import Path

import pytest

from determinism.check import Finding
from determinism.command import check_paths

Check = Callable[..., list[Finding]]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Writes files (by path, ``__`` for ``/``) into an app and checks it."""

    def write_and_check(**sources: str) -> list[Finding]:
        (tmp_path / "host.json").write_text("{}")
        for name, source in sources.items():
            file = tmp_path / f"{name.replace('__', '/')}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(source)
        return check_paths([tmp_path])

    return write_and_check
