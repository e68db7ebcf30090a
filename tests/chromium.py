"""The Chromium of this machine, for the tests that look at pages."""

from contextlib import contextmanager

from browser import FLAGS
from browser import find_chromium as find

MISSING = "no Chromium on this machine (or name one in CHROMIUM)"


@contextmanager
def running():
    """Run it without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=FLAGS)
        yield browser
        browser.close()
