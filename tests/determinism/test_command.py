import json

import pytest

from determinism.command import main

FAULTY = "import time\n\ndef steps(context):\n    yield context.create_timer(time.time())\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The working directory, with a folder of orchestrations that has one fault."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sagas").mkdir()
    (tmp_path / "sagas" / "a.py").write_text(FAULTY)
    return tmp_path


def test_text_names_the_place_the_rule_and_the_way_out(folder, capsys):
    """Editors jump to file:line:col, and people need to know what to write instead."""
    assert main(["sagas"]) == 1

    assert capsys.readouterr().out == (
        "sagas/a.py:4:32: DET001 reads the wall clock: time.time; "
        "use context.current_utc_datetime instead\n"
    )


def test_json_and_github_are_for_machines(folder, capsys):
    """CI shows findings in the diff."""
    main(["sagas", "--format", "json"])
    assert json.loads(capsys.readouterr().out)[0]["rule"] == "DET001"

    main(["sagas", "--format", "github"])
    assert capsys.readouterr().out.startswith(
        "::error file=sagas/a.py,line=4,col=32,title=DET001::"
    )


def test_paths_come_from_pyproject(folder):
    """In CI the command is the same for everyone."""
    (folder / "pyproject.toml").write_text('[tool.determinism]\npaths = ["sagas"]\n')

    assert main([]) == 1


@pytest.mark.parametrize("arguments", [[], ["nowhere"], ["--explain", "DET777"]])
def test_what_cannot_be_checked_is_no_success(folder, arguments):
    """A typo in a path must not make CI green."""
    assert main(arguments) == 2


def test_broken_sources_are_no_success(folder):
    """What cannot be parsed was not checked."""
    (folder / "sagas" / "b.py").write_text("def")

    assert main(["sagas"]) == 2


def test_a_rule_explains_itself(folder, capsys):
    """The rule id is all that a finding in CI shows at first."""
    assert main(["--explain", "det003"]) == 0

    assert "context.new_uuid()" in capsys.readouterr().out
