"""A stack of its own for the tests that break it."""

from collections.abc import Iterator

import pytest

from tests.shop import Shop
from tests.stacks import RunningStack
from tests.topic import TopicThread


@pytest.fixture(scope="module")
def stack(tmp_path_factory) -> Iterator[RunningStack]:
    """The whole app with its supervisor, which leaves killed services ended."""
    with RunningStack(tmp_path_factory.mktemp("chaos")) as stack:
        yield stack


@pytest.fixture
def topic() -> Iterator[TopicThread]:
    """Keeps what the app publishes, if its stack is told to publish there."""
    with TopicThread() as topic:
        yield topic


@pytest.fixture
def shop(session, stack) -> Shop:
    """The app, with products of this test alone."""
    return Shop(session, stack.urls)
