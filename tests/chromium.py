"""The Chromium of this machine, for the tests that look at pages."""

import functools
import http.server
import threading
from contextlib import contextmanager

import environment
import fingerprint
import pytest
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


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A server that says nothing."""

    def log_message(self, *_):
        pass


@contextmanager
def serving():
    """A browser and the address of a local server of the built site."""
    handler = functools.partial(Quiet, directory=str(environment.BUILD / "html"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, running() as browser:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield browser, "http://127.0.0.1:%d/" % server.server_port
        server.shutdown()


@contextmanager
def with_python():
    """As `serving`, with pages that run Python; or the test is skipped."""
    if find() is None:
        pytest.skip(MISSING)
    if not fingerprint.built_from_this():
        pytest.skip("no build of these sources: python3 tools/book.py book")
    if environment.pyodide() is None:
        pytest.skip("built without Pyodide, which comes from npm")
    with serving() as found:
        yield found
