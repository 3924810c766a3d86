"""``dev.py dead-letters``: many letters at once, over the app's own API."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp.test_utils import TestServer

from devstack.dead_letter_errand import AT_ONCE
from devstack.services import ROOT
from shared.domain.letter import LetterState
from tests.integration.devstack.letter_office import LetterOffice


@dataclass
class Done:
    """A command that has ended."""

    code: int
    printed: str
    complaints: str

    @property
    def words(self) -> str:
        """What it printed, without what is there for the eye."""
        return " ".join(self.printed.replace("│", " ").split())


@pytest.fixture
def office() -> LetterOffice:
    """Nothing has gone astray yet."""
    return LetterOffice()


@pytest.fixture
async def url(office) -> AsyncIterator[str]:
    """Where the office answers."""
    async with TestServer(office.app()) as server:
        yield str(server.make_url("/"))


@pytest.fixture
def command(url):
    """Runs a command against the office."""

    async def run(*arguments: str, typed: str = "", **environment: str) -> Done:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "devstack", "dead-letters", *arguments),
            cwd=ROOT,
            env={**os.environ, "ORDERS_URL": url, "COLUMNS": "120", **environment},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        printed, complaints = await asyncio.wait_for(process.communicate(typed.encode()), 30)
        assert process.returncode is not None
        return Done(process.returncode, printed.decode(), complaints.decode())

    return run


async def test_lists_letters_and_counts_their_kinds(office, command):
    """What there is comes first, then how much of it: three reasons explain a thousand letters."""
    office.put(30)
    office.put(450, reason="price-mismatch", event_type="StockAdjusted")

    done = await command("list", "--limit", "2")

    ids = sorted(office.letters.letters)
    assert done.code == 0
    assert all(id_ in done.printed for id_ in ids[:2])
    assert ids[2] not in done.printed
    assert "dead price-mismatch StockAdjusted urn:shop 450" in done.words
    assert "dead unknown-skus OrderSubmitted urn:shop 30" in done.words
    assert done.words.endswith("480 letters.")


async def test_replays_what_is_asked_for_and_nothing_else(office, command):
    """Some at a time, all of them, however many there are."""
    office.put(250)
    office.put(5, reason="price-mismatch")

    done = await command("replay", "--reason", "unknown-skus")

    assert done.code == 0
    assert "applied 250" in done.words
    assert office.states() == {"applied": 250, "dead": 5}
    assert 1 < office.most_at_once <= AT_ONCE


async def test_says_which_letters_could_not_be_replayed_and_why(office, command):
    """Exit code 1: a script that goes on regardless would hide them."""
    office.put(3)
    office.put(2, b"poison")

    done = await command("replay")

    assert done.code == 1
    assert "applied 3" in done.words
    assert "still dead: price-mismatch 2" in done.words
    assert "Expected another total" in done.printed
    assert max(office.letters.letters) in done.printed


async def test_is_patient_with_an_app_that_is_busy(office, command):
    """503 with Retry-After is how the app asks for patience."""
    office.put(3)
    office.unavailable = 4

    done = await command("replay")

    assert done.code == 0
    assert office.states() == {"applied": 3}


@pytest.mark.parametrize("typed", ["n\n", "\n", ""])
async def test_discards_nothing_without_a_yes(office, command, typed):
    """A filter with a typo is noticed by the number, not by the loss."""
    office.put(3)

    done = await command("discard", typed=typed)

    assert done.code == 1
    assert "Discard 3 letters?" in done.printed
    assert office.states() == {"dead": 3}


@pytest.mark.parametrize(("options", "typed"), [(["--yes"], ""), ([], "y\n")])
async def test_discards_with_a_comment(office, command, options, typed):
    """What was decided stays with each letter."""
    office.put(3)
    office.put(1, state=LetterState.WAITING)

    done = await command("discard", "--comment", "Ada: tests", *options, typed=typed)

    assert done.code == 0
    assert "discarded 3" in done.words
    assert office.states() == {"discarded": 3, "waiting": 1}
    assert "Ada: tests" in next(iter(office.letters.letters.values())).detail


async def test_settles_a_few_first(office, command):
    """To see whether the cause is mended, one letter is enough."""
    office.put(5)

    await command("replay", "--limit", "1")

    assert office.states() == {"applied": 1, "dead": 4}


async def test_uses_the_function_key_and_says_when_it_needs_one(office, command):
    """In Azure nothing of this answers without it."""
    office.key = "the-key"
    office.put(1)

    without = await command("list")
    with_key = await command("list", FUNCTION_KEY="the-key")

    assert (without.code, with_key.code) == (1, 0)
    assert "FUNCTION_KEY" in without.complaints
    assert "Traceback" not in without.complaints
    assert "the-key" not in with_key.printed


async def test_what_events_say_does_not_command_the_terminal(office, command):
    """Whoever writes events could otherwise repaint the screen of whoever reads them."""
    office.put(1, detail="\x1b[2J\x1b]0;owned\x07", event_type="[red]not markup[/red]")

    done = await command("list")

    assert "\x1b" not in done.printed
    assert "\x07" not in done.printed
    assert "[red]not markup[/red]" in done.printed


async def test_an_app_that_is_not_there_is_one_clear_message(command):
    """Not a minute of patience and a traceback."""
    done = await command("replay", "--base-url", "http://127.0.0.1:9")

    assert done.code == 1
    assert done.complaints.startswith("http://127.0.0.1:9/api/health does not answer")
    assert "Traceback" not in done.complaints
