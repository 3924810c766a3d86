"""What the use cases rely on at the store of letters, held by the fake and by blob storage."""

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from azure.core.exceptions import ResourceModifiedError
from azure.storage.blob.aio import BlobClient, BlobServiceClient

from shared.adapters.blob_letters import BlobLetters
from shared.application.ports import LetterFilter
from shared.domain.errors import (
    ConcurrentUpdate,
    LetterNotFound,
    Unavailable,
    UnknownContinuation,
)
from shared.domain.letter import Letter, LetterState, letter_id
from tests.fakes import InMemoryLetters

NOW = datetime(2026, 11, 23, 12, 0, 1, 123456, tzinfo=UTC)
ORIGINAL = b'{"id": "1",\t"data": {"name": "Zo\xc3\xab"} }\n'
EVERY_LETTER = LetterFilter()


def a_letter(minute: int = 0, **changes: Any) -> Letter:
    """A letter that nobody has stored yet, of an event of that minute."""
    id_ = letter_id(NOW + timedelta(minutes=minute), "urn:tests", uuid4().hex)
    return dataclasses.replace(
        Letter(
            id=id_,
            state=LetterState.DEAD,
            reason="unknown-skus",
            detail="Not in the catalogue: MUG",
            at=NOW,
            origin="intake",
            event_id="1",
            event_type="OrderSubmitted",
            source="urn:tests",
        ),
        **changes,
    )


@pytest.fixture(params=["fake", "blobs"])
def letters(request) -> Any:
    """Each implementation of the port in turn; the real one in requests of three blobs."""
    if request.param == "fake":
        return InMemoryLetters()
    return BlobLetters(request.getfixturevalue("blob_container"), blobs_per_request=3)


async def stored(letters: Any, *several: Letter) -> list[Letter]:
    """*several*, once they are kept."""
    for letter in several:
        await letters.keep(letter, ORIGINAL)
    return list(several)


async def listed(letters: Any, which: LetterFilter = EVERY_LETTER, limit: int = 2) -> list[Letter]:
    """Every letter of a listing, page by page."""
    found: list[Letter] = []
    continuation = None
    while True:
        page = await letters.page(which, limit, continuation)
        assert len(page.items) <= limit
        found += page.items
        continuation = page.continuation
        if continuation is None:
            return found


async def test_gives_back_the_very_bytes_that_came(letters):
    """A replay has to judge what was sent, not what somebody made of it."""
    letter = a_letter()

    await letters.keep(letter, ORIGINAL)

    assert await letters.get(letter.id) == (letter, ORIGINAL)


@pytest.mark.parametrize(
    "text",
    ["", "ü 100 % & <b>\r\n\t", "  ends  ", "%41", '"quoted", \\', "日本語 😀", "\x00\x7f"],
)
async def test_facts_may_be_any_text(letters, text):
    """They come out of events, and whoever writes events writes anything."""
    letter = a_letter(reason=text, detail=text, event_id=text, event_type=text, source=text)

    await letters.keep(letter, ORIGINAL)

    assert await letters.get(letter.id) == (letter, ORIGINAL)
    assert await listed(letters) == [letter]


async def test_a_letter_that_is_kept_again_stays_as_it_is(letters):
    """An event that is delivered again must not bring a discarded letter back to life."""
    (letter,) = await stored(letters, a_letter())
    discarded = letter.now(LetterState.DISCARDED, NOW)
    await letters.mark(discarded)

    await letters.keep(letter, b"other bytes")

    assert await letters.get(letter.id) == (discarded, ORIGINAL)


async def test_marking_replaces_what_is_said_and_leaves_the_bytes(letters):
    """The original is evidence, whatever becomes of the letter."""
    (letter,) = await stored(letters, a_letter())
    marked = letter.now(LetterState.APPLIED, NOW + timedelta(hours=1), "taken-in", "At last.")

    await letters.mark(marked, seen=letter)

    assert await letters.get(letter.id) == (marked, ORIGINAL)


async def test_what_changed_since_it_was_seen_is_not_overwritten(letters):
    """Whoever discards a letter that has just been replayed has to be told."""
    (letter,) = await stored(letters, a_letter())
    applied = letter.now(LetterState.APPLIED, NOW)
    await letters.mark(applied, seen=letter)

    with pytest.raises(ConcurrentUpdate):
        await letters.mark(letter.now(LetterState.DISCARDED, NOW), seen=letter)

    assert (await letters.get(letter.id))[0] == applied


async def test_repeating_a_change_changes_nothing(letters):
    """The repeat of a request whose answer was lost meets its own change."""
    (letter,) = await stored(letters, a_letter())
    applied = letter.now(LetterState.APPLIED, NOW)
    await letters.mark(applied, seen=letter)

    await letters.mark(applied, seen=letter)

    assert (await letters.get(letter.id))[0] == applied


async def test_one_of_many_who_settle_a_letter_at_once_wins(letters):
    """Two people look at the same list."""
    (letter,) = await stored(letters, a_letter())
    wishes = [letter.now(LetterState.DISCARDED, NOW, detail=f"by {n}") for n in range(8)]

    results = await asyncio.gather(
        *(letters.mark(wish, seen=letter) for wish in wishes), return_exceptions=True
    )

    winner = wishes[results.index(None)]
    assert sum(isinstance(result, ConcurrentUpdate) for result in results) == 7
    assert (await letters.get(letter.id))[0] == winner


async def test_a_letter_nobody_kept_is_not_found(letters):
    """Neither to be read nor to be marked, with a condition or without."""
    letter = a_letter()

    for attempt in (
        letters.get(letter.id),
        letters.mark(letter),
        letters.mark(letter, seen=letter),
    ):
        with pytest.raises(LetterNotFound):
            await attempt


async def test_lists_the_oldest_event_first(letters):
    """However late it became a letter."""
    several = [a_letter(minute) for minute in range(8)]
    await stored(letters, *several[4:], *several[:4])

    found = await listed(letters)

    assert found == several


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 8, 9])
async def test_every_letter_is_on_one_page(letters, limit):
    """Wherever pages and requests end: none twice, none left out."""
    several = await stored(letters, *(a_letter(minute) for minute in range(8)))

    found = await listed(letters, limit=limit)

    assert found == several


@pytest.mark.parametrize(
    ("which", "minutes"),
    [
        (LetterFilter(state=LetterState.DEAD), [0, 2, 3, 5, 6, 7]),
        (LetterFilter(reason="no-such-order"), [3, 4]),
        (LetterFilter(event_type="StockAdjusted"), [5]),
        (LetterFilter(source="urn:warehouse"), [5, 6]),
        (LetterFilter(source="urn:warehouse", event_type="OrderSubmitted"), [6]),
        (LetterFilter(reason="nothing has it"), []),
    ],
)
async def test_lists_what_is_asked_for(letters, which, minutes):
    """Also where what fits is spread over many requests to storage."""
    several = await stored(
        letters,
        a_letter(0),
        a_letter(1, state=LetterState.APPLIED),
        a_letter(2),
        a_letter(3, reason="no-such-order"),
        a_letter(4, reason="no-such-order", state=LetterState.WAITING),
        a_letter(5, source="urn:warehouse", event_type="StockAdjusted"),
        a_letter(6, source="urn:warehouse"),
        a_letter(7),
    )

    found = await listed(letters, which)

    assert found == [several[minute] for minute in minutes]


async def test_the_next_page_is_right_whatever_happened_in_between(letters):
    """Replaying while reading on is what everybody does; a page counted by number would skip."""
    several = await stored(letters, *(a_letter(minute) for minute in range(8)))
    first = await letters.page(LetterFilter(state=LetterState.DEAD), 3, None)
    for letter in first.items:
        await letters.mark(letter.now(LetterState.APPLIED, NOW))
    older, newer = await stored(letters, a_letter(-1), a_letter(9))

    rest = await letters.page(LetterFilter(state=LetterState.DEAD), 10, first.continuation)

    assert list(rest.items) == [*several[3:], newer]
    assert older not in rest.items


@pytest.mark.parametrize("token", ["x", "%%%", "bm9uZQ", "WzEsMl0", "é", "A" * 5_000])
async def test_a_token_of_somebody_else_is_refused(letters, token):
    """Starting over in silence would show the same letters again."""
    with pytest.raises(UnknownContinuation):
        await letters.page(EVERY_LETTER, 2, token)


class TestBlobs:
    """What only the real adapter can show."""

    @pytest.fixture
    def blob_letters(self, blob_container) -> BlobLetters:
        """The adapter, in requests of three blobs, of which it makes at most two."""
        return BlobLetters(blob_container, blobs_per_request=3, most_looked_at=6)

    async def test_a_huge_container_is_read_in_many_answers(self, blob_letters):
        """A listing that finds nothing for minutes looks like one that hangs."""
        *_, last = await stored(
            blob_letters, *(a_letter(minute) for minute in range(13)), a_letter(14, reason="rare")
        )

        pages = [await blob_letters.page(LetterFilter(reason="rare"), 2, None)]
        while continuation := pages[-1].continuation:
            pages.append(await blob_letters.page(LetterFilter(reason="rare"), 2, continuation))

        assert [letter for page in pages for letter in page.items] == [last]
        assert len(pages) >= 2
        assert not pages[0].items

    async def test_tokens_fit_into_a_url_as_they_are(self, blob_letters):
        """They are copied from an answer into the next request by hand."""
        await stored(blob_letters, *(a_letter(minute) for minute in range(8)))

        page = await blob_letters.page(EVERY_LETTER, 5, None)

        assert page.continuation
        assert page.continuation.replace("-", "").replace("_", "").isalnum()

    async def test_the_next_page_is_right_when_its_neighbours_are_gone(
        self, blob_letters, blob_container
    ):
        """Whoever tidies up the container deletes the very blob that a token names."""
        several = await stored(blob_letters, *(a_letter(minute) for minute in range(8)))
        first = await blob_letters.page(EVERY_LETTER, 4, None)
        for letter in several[1:5]:
            await blob_container.delete_blob(f"letters/{letter.id}")

        rest = await blob_letters.page(EVERY_LETTER, 4, first.continuation)

        assert list(rest.items) == several[5:]

    async def test_other_blobs_are_no_letters(self, blob_letters, blob_container):
        """Event Grid writes into the same container, and people copy things."""
        (letter,) = await stored(blob_letters, a_letter())
        for name in ("SUBSCRIPTION/2026/1/2/3/some.json", "letters/notes.txt", "lettersx"):
            await blob_container.upload_blob(name, b"")

        assert await listed(blob_letters) == [letter]

    async def test_a_letter_that_was_put_there_by_hand_is_dead(self, blob_letters, blob_container):
        """It must not keep the others from being listed."""
        id_ = a_letter().id
        await blob_container.upload_blob(f"letters/{id_}", ORIGINAL, metadata={"state": "unheard"})

        (found,) = await listed(blob_letters)

        assert (found.id, found.state) == (id_, LetterState.DEAD)
        assert await blob_letters.get(id_) == (found, ORIGINAL)

    async def test_facts_without_end_are_cut_off(self, blob_letters):
        """Storage takes 8 KB of metadata; the body has everything anyway."""
        endless = "ü€😀" * 100_000
        letter = a_letter(
            reason=endless, detail=endless, event_id=endless, event_type=endless, source=endless
        )

        await blob_letters.keep(letter, ORIGINAL)

        found, _ = await blob_letters.get(letter.id)
        assert len(found.detail) > 100
        assert endless.startswith(found.detail)
        await blob_letters.mark(letter.now(LetterState.DISCARDED, NOW), seen=letter)

    async def test_an_answer_that_was_lost_is_no_conflict(
        self, blob_letters, blob_container, monkeypatch
    ):
        """The SDK repeats what was done already, and is told that the entity tag moved on."""
        (letter,) = await stored(blob_letters, a_letter())
        write = BlobClient.set_blob_metadata

        async def twice(self, *args, **kwargs):
            await write(self, *args, **kwargs)
            with pytest.raises(ResourceModifiedError):
                await write(self, *args, **kwargs)
            raise ResourceModifiedError

        monkeypatch.setattr(BlobClient, "set_blob_metadata", twice)
        applied = letter.now(LetterState.APPLIED, NOW)

        await blob_letters.mark(applied, seen=letter)

        assert (await blob_letters.get(letter.id))[0] == applied

    async def test_a_container_that_was_never_provisioned_is_unavailable(self, blob_container):
        """Nothing is kept there, so nothing may be acknowledged; and no letter is "not found"."""
        letters = BlobLetters(blob_container)
        await blob_container.delete_container()
        letter = a_letter()

        for attempt in (
            letters.keep(letter, ORIGINAL),
            letters.get(letter.id),
            letters.mark(letter),
            letters.mark(letter, seen=letter),
            letters.page(EVERY_LETTER, 2, None),
        ):
            with pytest.raises(Unavailable):
                await attempt

    async def test_storage_that_is_away_is_unavailable(self, storage):
        """The caller repeats; an SDK error would be a fault of ours."""
        nowhere = BlobServiceClient.from_connection_string(
            storage.partition("BlobEndpoint")[0] + "BlobEndpoint=http://127.0.0.1:1/nobody",
            retry_total=0,
        )
        async with nowhere:
            letters = BlobLetters(nowhere.get_container_client("dead-letters"))

            for attempt in (
                letters.keep(a_letter(), ORIGINAL),
                letters.page(EVERY_LETTER, 2, None),
            ):
                with pytest.raises(Unavailable):
                    await attempt
