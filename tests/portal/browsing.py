"""Debian's Chromium in front of the portal, without JavaScript, as the slowest telephone has it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 800}


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or "chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visitor(browser: Browser, base: str, language: str, size: dict[str, int]) -> Iterator[Page]:
    """Somebody with cookies of their own."""
    context = browser.new_context(
        base_url=base, locale=language, viewport={"width": size["width"], "height": size["height"]},
        java_script_enabled=False,
    )  # fmt: skip
    try:
        page = context.new_page()
        page.set_default_timeout(30_000)
        yield page
    finally:
        context.close()
