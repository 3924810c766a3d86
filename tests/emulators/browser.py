"""Chromium without a screen, and what tests do with it."""

import shutil
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.wait import WebDriverWait

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


def start_browser(profile: Path) -> Chrome:
    """A new browser with its files in *profile*; where none is installed, the test is skipped."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("needs Debian's chromium and chromium-driver")
    options = ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    return Chrome(options, ChromeService(driver))


def found(page: Chrome, selector: str) -> WebElement:
    """The first element of that CSS selector."""
    return page.find_element(By.CSS_SELECTOR, selector)


def follow(page: Chrome, element: WebElement, how: str = "") -> None:
    """Click *element*, or press the key *how* in it, and wait for the page it leads to."""
    here = found(page, "html")
    if how:
        element.send_keys(how)
    else:
        element.click()
    wait = WebDriverWait(page, 10)
    wait.until(staleness_of(here))
    wait.until(lambda page: page.execute_script("return document.readyState") == "complete")
