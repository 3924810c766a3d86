"""Packs the app as it is deployed: what .funcignore leaves, and the packages that it needs.

    python infra/release/package.py app.zip

Run it on Linux with the Python of the app: the packages are built for where it runs.
"""

import fnmatch
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = Path(".python_packages/lib/site-packages")


def files(root: Path = ROOT) -> list[Path]:
    """What .funcignore leaves, relative to *root*."""
    patterns = (root / ".funcignore").read_text(encoding="utf-8").split()

    def left(name: str) -> bool:
        return not any(fnmatch.fnmatch(name, pattern) for pattern in patterns)

    return sorted(
        path.relative_to(root)
        for entry in root.iterdir()
        if left(entry.name)
        for path in ([entry] if entry.is_file() else entry.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    )


def pack(target: Path) -> None:
    """Write the package."""
    packages = ROOT / ".local" / "package"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--upgrade"]
    install += ["--target", str(packages), "-r", str(ROOT / "requirements.txt")]
    subprocess.run(install, check=True)  # noqa: S603
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
        for file in files():
            package.write(ROOT / file, file)
        for file in sorted(path for path in packages.rglob("*") if path.is_file()):
            package.write(file, PACKAGES / file.relative_to(packages))


if __name__ == "__main__":
    pack(Path(sys.argv[1]))
