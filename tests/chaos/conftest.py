"""A stack of its own for the tests that break it."""

from collections.abc import Iterator

import pytest

from tests.shop import Shop
from tests.stacks import RunningStack


@pytest.fixture(scope="module")
def stack(tmp_path_factory) -> Iterator[RunningStack]:
    """The whole app with its supervisor, which leaves killed services ended."""
    with RunningStack(tmp_path_factory.mktemp("chaos")) as stack:
        yield stack


@pytest.fixture
def shop(session, stack) -> Shop:
    """The app, with products of this test alone."""
    return Shop(session, stack.urls)
