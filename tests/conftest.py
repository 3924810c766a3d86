"""One running stack for all tests that need the whole app and do not break it."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest

from tests.shop import Shop
from tests.stacks import RunningStack


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--base-url http://...`` runs the end-to-end tests against an app that runs already."""
    parser.addoption("--base-url", help="an app to test instead of starting the local stack")


@pytest.fixture(scope="session")
def urls(request, tmp_path_factory) -> Iterator[dict[str, str]]:
    """Where the app, and beside it the emulators, answer."""
    base_url = request.config.getoption("--base-url")
    if base_url:
        yield {"functions": base_url.rstrip("/")}
        return
    with RunningStack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack.urls


@pytest.fixture
def emulated(urls) -> Any:
    """The same, for tests that ask the emulators what really happened."""
    if "cosmos" not in urls:
        pytest.skip("asks the emulators, and --base-url names only the app")
    return urls


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """An HTTP client."""
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        yield session


@pytest.fixture
def shop(session, urls) -> Shop:
    """The app, with products of this test alone."""
    return Shop(session, urls)
