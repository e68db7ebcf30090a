"""The whole book as one PDF with contents, bookmarks and working links: pdf.py OUT.pdf

Sphinx renders one page, Chromium prints it. Runs inside the book's environment; notebooks come from the build's cache.
"""

import functools
import http.server
import shutil
import subprocess
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # Python leaves it out under PYTHONSAFEPATH
from browser import FLAGS, find_chromium
from environment import BIN, BUILD, ROOT, clean_environment

# Pages link to each other by file name, and two pages may use one id; in one file links go to ids, which are unique.
LINKS = """() => {
    const place = new Map(), taken = new Set();
    let doc = "intro";
    for (const e of document.querySelectorAll("[id]")) {
        if (e.id.startsWith("document-")) { doc = e.id.slice("document-".length); continue; }
        const old = e.id;
        if (taken.has(old)) e.id = doc + "--" + old;
        taken.add(e.id);
        place.set(doc + "#" + old, e.id);
    }
    const pages = new Set([...document.querySelectorAll("[id^='document-']")].map((e) => e.id.slice(9)));
    let lost = [];
    for (const a of document.querySelectorAll("a[href]")) {
        const url = new URL(a.href);
        if (url.host != location.host || !url.pathname.endsWith(".html")) continue;
        if (url.pathname.endsWith("/intro.html")) continue;
        const name = url.pathname.slice(1, -5);
        const page = pages.has(name) ? name : "chapters/" + name;
        const id = decodeURIComponent(url.hash.slice(1));
        const target = id ? place.get(page + "#" + id) : pages.has(page) && "document-" + page;
        if (target) a.setAttribute("href", "#" + target);
        else { lost.push(a.getAttribute("href")); a.removeAttribute("href"); }
    }
    document.querySelectorAll("details:not([class*=hide])").forEach((d) => { d.open = true });
    return lost;
}"""
MARGIN = {"top": "18mm", "bottom": "18mm", "left": "17mm", "right": "17mm"}
FOOT = '<div style="font-size: 8px; width: 100%; text-align: center"><span class="pageNumber"></span></div>'


def render():
    """One page with the whole book; returns its folder."""
    folder = BUILD / "singlehtml"
    shutil.rmtree(folder, ignore_errors=True)
    command = [shutil.which("jupyter-book", path=str(BIN)), "build", ".", "--builder", "singlehtml", "-q"]
    subprocess.run(command, cwd=ROOT, env=clean_environment(), check=True)
    return folder


def print_to(path, folder):
    """Print the page in `folder`; returns the links that led nowhere and were taken out."""
    from playwright.sync_api import sync_playwright

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server, sync_playwright() as playwright:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        page = browser.new_page(color_scheme="light")
        page.goto("http://127.0.0.1:%d/intro.html" % server.server_port, wait_until="networkidle", timeout=120_000)
        lost = page.evaluate(LINKS)
        page.pdf(
            path=path,
            format="A4",
            outline=True,
            tagged=True,
            print_background=True,
            margin=MARGIN,
            display_header_footer=True,
            header_template="<span></span>",
            footer_template=FOOT,
        )
        browser.close()
        server.shutdown()
    return lost


if __name__ == "__main__":
    lost = print_to(sys.argv[1], render())
    for link in sorted(set(lost)):
        print("left out, it leads nowhere: " + link, file=sys.stderr)
    sys.exit(bool(lost))
