"""The command line: which paths are checked, and how findings are told."""

import argparse
import json
import sys
import tomllib
from pathlib import Path

from determinism.check import Checker, Finding
from determinism.project import Project, Unreadable, import_root, python_files
from determinism.rules import RULES
from determinism.source import Module
from determinism.suppressions import apply_suppressions

CLEAN, FOUND, FAILED = 0, 1, 2
_EPILOG = """\
A folder with a host.json in it is an app: its registered orchestrators are checked, and all they
call. In any other folder, every generator function is taken for a part of an orchestrator.
Without PATH, [tool.determinism] paths of ./pyproject.toml are checked. Exit code: 0 nothing found,
1 something found, 2 not checked."""


def main(arguments: list[str]) -> int:
    """Check, tell and return the exit code."""
    options = _parser().parse_args(arguments)
    if options.explain:
        return _explain(options.explain.upper())
    try:
        findings = check_paths(options.paths or _configured(Path("pyproject.toml")))
    except Unreadable as error:
        print(f"determinism: {error}", file=sys.stderr)
        return FAILED
    print(_FORMATS[options.format](findings), end="")
    return FOUND if findings else CLEAN


def check_paths(paths: list[Path]) -> list[Finding]:
    """All findings in the orchestrators below *paths* and in what they call.

    Raises:
        Unreadable: a path is missing, or a file is no Python source.
    """
    for path in paths:
        if not path.exists():
            raise Unreadable(f"{path}: there is no such file or folder")
    project = Project([*map(import_root, paths), *(p for p in paths if p.is_dir())])
    own: list[Module] = []
    zone: list[Module] = []
    for path in paths:
        modules = [project.load(file) for file in python_files(path)]
        (own if path.is_file() or _is_app(path) else zone).extend(modules)
    if not own and not zone:
        raise Unreadable(f"{', '.join(map(str, paths))}: no Python sources there")
    findings = Checker(project).check(own, zone)
    checked = {module.path for module in [*own, *zone]} | {f.path for f in findings}
    sources = {path: project.load(path).text for path in sorted(checked)}
    return apply_suppressions(findings, sources)


def _is_app(folder: Path) -> bool:
    return any(folder.rglob("host.json"))


def _configured(file: Path) -> list[Path]:
    content = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    paths = content.get("tool", {}).get("determinism", {}).get("paths")
    if not paths:
        raise Unreadable("name a PATH, or set paths in [tool.determinism] of pyproject.toml")
    return [Path(path) for path in paths]


def _explain(rule_id: str) -> int:
    rule = RULES.get(rule_id)
    if rule is None:
        print(f"determinism: no rule {rule_id}; there are {', '.join(RULES)}", file=sys.stderr)
        return FAILED
    print(f"{rule.id}: {rule.finds}\n\n{rule.why}\nUse instead: {rule.instead}")
    return CLEAN


def _as_text(findings: list[Finding]) -> str:
    return "".join(f"{_place(f)} {f.rule} {f.message}\n" for f in findings)


def _place(finding: Finding) -> str:
    return f"{_shown(finding.path)}:{finding.line}:{finding.column}:"


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _as_json(findings: list[Finding]) -> str:
    rows = [
        {
            "path": _shown(finding.path),
            "line": finding.line,
            "column": finding.column,
            "rule": finding.rule,
            "message": finding.message,
        }
        for finding in findings
    ]
    return json.dumps(rows, indent=2) + "\n"


def _as_github(findings: list[Finding]) -> str:
    return "".join(
        f"::error file={_shown(f.path)},line={f.line},col={f.column},title={f.rule}"
        f"::{_escaped(f.message)}\n"
        for f in findings
    )


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


_FORMATS = {"text": _as_text, "json": _as_json, "github": _as_github}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m determinism",
        description="Find what would differ when Durable Functions replays an orchestrator.",
        epilog=_EPILOG,
    )
    parser.add_argument("paths", metavar="PATH", nargs="*", type=Path, help="a file or folder")
    parser.add_argument("--format", choices=_FORMATS, default="text", help="text by default")
    parser.add_argument("--explain", metavar="RULE", help="say what a rule is about, and stop")
    return parser
