"""The project that is checked: finds its modules, and what a dotted name means in it."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from determinism.source import Imported, Module, Symbol, read_module

_NOT_SOURCES = frozenset({"node_modules", "site-packages", "__pycache__", "venv", "env"})


class Unreadable(Exception):
    """A path that was asked for is not there, or is no Python source."""


class Project:
    """Modules below the import *roots*, read when they are first needed."""

    def __init__(self, roots: Iterable[Path]) -> None:
        self.roots = list(dict.fromkeys(root.resolve() for root in roots))
        self.modules: dict[Path, Module] = {}
        self.scopes: dict[object, Any] = {}
        self._names: dict[str, Module | None] = {}

    def load(self, path: Path) -> Module:
        """The module in the file *path*.

        Raises:
            Unreadable: the file is no Python source.
        """
        path = path.resolve()
        if path not in self.modules:
            try:
                self.modules[path] = read_module(path, self._name_of(path))
            except (SyntaxError, ValueError, OSError) as error:
                raise Unreadable(f"{path}: {error}") from error
        return self.modules[path]

    def module(self, name: str) -> Module | None:
        """The project's module of that name; the standard library's names are never the project's.

        Raises:
            Unreadable: it is there, but no Python source.
        """
        if name not in self._names:
            path = self._find(name)
            self._names[name] = self.load(path) if path else None
        return self._names[name]

    def is_package(self, name: str) -> bool:
        """Whether *name* is a folder of the project, with or without an ``__init__.py``."""
        return bool(name) and any(self._folder(root, name).is_dir() for root in self.roots)

    def symbol(self, name: str) -> Symbol | Module | str:
        """What a dotted name means: something of the project, or the name of something outside."""
        for _ in range(20):  # re-exports may go in circles
            found = self._look_up(name)
            if not isinstance(found, Imported):
                return found
            name = found.target
        return name

    def _look_up(self, name: str) -> Symbol | Module | str:
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            module = self.module(".".join(parts[:length]))
            if module is None:
                continue
            rest = parts[length:]
            if not rest:
                return module
            symbol = module.symbols.get(rest[0])
            if symbol is None or len(rest) == 1:
                return symbol or name
            if isinstance(symbol, Imported):
                return Imported(".".join([symbol.target, *rest[1:]]))
            return name
        return name

    def _find(self, name: str) -> Path | None:
        if name.split(".")[0] in sys.stdlib_module_names:
            return None
        for root in self.roots:
            folder = self._folder(root, name)
            for path in (folder.with_name(folder.name + ".py"), folder / "__init__.py"):
                if path.is_file():
                    return path
        return None

    def _folder(self, root: Path, name: str) -> Path:
        # The v1 model calls the app's own folder __app__.
        return root.joinpath(*(part for part in name.split(".") if part != "__app__"))

    def _name_of(self, path: Path) -> str:
        root = max((r for r in self.roots if path.is_relative_to(r)), key=_depth, default=None)
        relative = path.relative_to(root) if root else Path(path.name)
        parts = list(relative.with_suffix("").parts)
        return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def _depth(path: Path) -> int:
    return len(path.parts)


def import_root(path: Path) -> Path:
    """The folder that imports of the file or folder *path* start from."""
    folder = path.resolve() if path.is_dir() else path.resolve().parent
    for candidate in (folder, *folder.parents):
        if (candidate / "host.json").is_file():
            return candidate
    while (folder / "__init__.py").is_file() and folder.parent != folder:
        folder = folder.parent
    return folder


def python_files(path: Path) -> Iterator[Path]:
    """The sources below *path*, in a fixed order; hidden and installed ones are left out."""
    if path.is_file():
        yield path
        return
    for entry in sorted(path.iterdir()):
        if entry.is_dir():
            hidden = entry.name.startswith(".") or entry.name in _NOT_SOURCES
            if not hidden and not (entry / "pyvenv.cfg").exists():
                yield from python_files(entry)
        elif entry.suffix == ".py":
            yield entry
