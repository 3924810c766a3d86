"""Chromium without a screen, and what tests do with it."""

import shutil
from pathlib import Path
from threading import Event

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # Chromium would call its maker at every start.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1100,900",
)
PAGE_TIMEOUT_SECONDS = 10


def start_browser(profile: Path) -> Chrome:
    """A new browser with its files in *profile*; where none is installed, the test is skipped."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("needs Debian's chromium and chromium-driver")
    options = ChromeOptions()
    options.binary_location = chromium
    options.enable_bidi = True
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    return Chrome(options, ChromeService(driver))


def found(page: Chrome, selector: str) -> WebElement:
    """The first element of that CSS selector."""
    return page.find_element(By.CSS_SELECTOR, selector)


def follow(page: Chrome, element: WebElement, how: str = "") -> None:
    """Click *element*, or press the key *how* in it, and wait for the page it leads to.

    The browser tells when the next page has loaded. Asking the old page whether it is gone
    would race with the navigation: its nodes answer with errors of many kinds meanwhile.
    """
    loaded = Event()
    handler = page.browsing_context.add_event_handler("load", lambda _: loaded.set())
    try:
        if how:
            element.send_keys(how)
        else:
            element.click()
        assert loaded.wait(PAGE_TIMEOUT_SECONDS), "no page was loaded"
    finally:
        page.browsing_context.remove_event_handler("load", handler)
