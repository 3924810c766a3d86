"""The verdict on a run of the SDK's own tests."""

from pathlib import Path

from devstack.sdk_report import FileResult, expectations

REPORT = """<testsuites><testsuite>
<testcase classname="test_x.TestX" name="test_a"/>
<testcase classname="test_x.TestX" name="test_b"><failure>no</failure></testcase>
<testcase classname="test_x.TestX" name="test_c"><skipped/></testcase>
</testsuite></testsuites>"""


def test_a_failure_counts_unless_it_is_expected(tmp_path: Path):
    """A known gap must not hide a new one."""
    report = tmp_path / "report.xml"
    report.write_text(REPORT)

    result = FileResult.read("test_x.py", report, tmp_path / "log")

    assert result.summary == "1 passed, 1 failed, 1 skipped, 0 error"
    assert list(result.worse_than({})) == [
        "test_x.py: TestX.test_b failed, and is expected to pass"
    ]
    assert list(result.worse_than({"TestX.test_b": "needs a stored procedure"})) == []


def test_an_expectation_may_be_of_all_tests_that_begin_alike():
    """Hundreds of tests that need a second region have one reason, not hundreds."""
    result = FileResult("test_x.py", {"TestX.test_far[1]": "failed", "TestX.test_near": "error"})

    assert len(list(result.worse_than({"TestX.test_far*": "needs several regions"}))) == 1
    assert list(result.worse_than({"*": "needs several regions"})) == []


def test_a_file_that_never_ended_is_worse_than_anything(tmp_path: Path):
    """No report means no test can be said to have passed."""
    log = tmp_path / "log"
    log.write_text("collecting\nstuck")

    result = FileResult.read("test_x.py", tmp_path / "missing.xml", log)

    assert list(result.worse_than({})) == ["test_x.py: not finished: stuck"]


def test_every_expected_failure_has_a_reason():
    """An allowance nobody can explain is a bug."""
    reasons = [reason for allowed in expectations().values() for reason in allowed.values()]

    assert all(len(reason.split()) > 2 for reason in reasons)
