"""A Chromium of this machine, for the tests of the site and the PDF."""

import os
import shutil
from pathlib import Path

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
]


def find_chromium():
    """The path of a Chromium or Chrome; the environment variable CHROMIUM goes first; None where there is none."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
    places = [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
        r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
    ]
    found = [os.environ.get("CHROMIUM"), *map(shutil.which, names), *(p for p in places if Path(p).is_file())]
    return next(filter(None, found), None)
