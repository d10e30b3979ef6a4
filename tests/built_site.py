"""The built site, for the tests that read it: pages, links, a browser.

BOOK_HTML says where it is; the default is _build/html. With
BOOK_REQUIRE_BROWSER set nothing is skipped: what is missing fails.
"""

import functools
import gzip
import http.server
import importlib
import os
import threading
import time
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tools.pdf import browser_program

ROOT = Path(__file__).parents[1]
HTML = Path(os.environ.get("BOOK_HTML", ROOT / "_build" / "html"))
WIDE, PHONE = (1280, 900), (375, 700)
COMPRESSED = {
    ".html",
    ".css",
    ".js",
    ".mjs",
    ".svg",
    ".json",
    ".txt",
    ".wasm",
    ".xml",
}


BROWSER_MARKS = [
    pytest.mark.site,
    # Playwright leaves its event loop to the garbage collector.
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]


@functools.cache
def slower():
    """How many times slower one core is than the one this was written on.

    Measured once, in processor time, which other work does not lengthen.
    """
    start = time.process_time()
    sum(number * number for number in range(400_000))
    return max(1, (time.process_time() - start) / 0.03)


def patience(seconds):
    """Return seconds, made longer as this machine is slow or busy now.

    What a test waits for is an event. This is how long it may take before
    the test gives up, and no statement about speed.
    """
    busy = max(1, os.getloadavg()[0] / (os.cpu_count() or 1))
    return seconds * slower() * busy


# A page waits for its checker as long as the machine needs, see typing.js.
GIVE_TIME = "factor => { document.documentElement.dataset.patience = factor }"


def missing(what):
    """Skip with a plain reason, or fail where everything must run."""
    if os.environ.get("BOOK_REQUIRE_BROWSER"):
        pytest.fail(what)
    pytest.skip(what, allow_module_level=True)


def needed(module):
    """Import a module; without it skip, or fail where everything must run."""
    try:
        return importlib.import_module(module)
    except ImportError:
        if os.environ.get("BOOK_REQUIRE_BROWSER"):
            raise
        reason = f"{module} is not installed"
        return pytest.skip(reason, allow_module_level=True)


def pages():
    """Every built page, as a path below the site's root."""
    return sorted(
        path.relative_to(HTML).as_posix() for path in HTML.rglob("*.html")
    )


def content_pages():
    """Pages with a text of the book, without search, 404 and redirects."""
    return [name for name in pages() if name.startswith("book/")]


LOADS = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "src",
    "video": "src",
    "audio": "src",
    "embed": "src",
    "object": "data",
    "use": "href",
    "image": "href",
}


class Page(HTMLParser):
    """What a page holds: ids, links to follow, sources it loads, words."""

    def __init__(self, name):
        super().__init__()
        self.name = name
        self.ids, self.links, self.loads = [], [], []
        self.images, self.meta, self.title = [], {}, ""
        self.inside = []
        self.scripts = ""
        self.feed((HTML / name).read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.inside.append(tag)
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "a" and values.get("href") is not None:
            self.links.append(values["href"])
        if tag == "link":
            loaded = {"stylesheet", "icon", "preload", "modulepreload"}
            relation = set((values.get("rel") or "").split())
            place = self.loads if relation & loaded else self.links
            place.append(values["href"])
        if values.get(LOADS.get(tag)):
            self.loads.append(values[LOADS[tag]])
        if tag == "img":
            self.images.append(values)
        if tag == "meta":
            name = values.get("name") or values.get("property")
            self.meta[name] = values.get("content")
            if (values.get("http-equiv") or "").lower() == "refresh":
                self.links.append(values["content"].split("url=")[-1])

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)

    def handle_data(self, data):
        if self.inside and self.inside[-1] == "title" and not self.ids:
            self.title = self.title or data.strip()
        if self.inside and self.inside[-1] == "script":
            self.scripts += data


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves as a public host does: text compressed."""

    def log_message(self, *arguments):
        pass

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        if path.suffix not in COMPRESSED or not path.is_file():
            return super().do_GET()
        body = gzip.compress(path.read_bytes(), mtime=0)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(path)))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.send(path, body)

    def send(self, path, body):
        self.wfile.write(body)


class _Server(http.server.ThreadingHTTPServer):
    # Browsers ask for all files of a page at once; five may wait by default.
    request_queue_size = 64


@contextmanager
def served(handler=Handler):
    """The address at which the site is served while the block runs."""
    handler = functools.partial(handler, directory=str(HTML))
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def transferred(path):
    """Bytes that a public host sends for a file: text is compressed."""
    data = path.read_bytes()
    if path.suffix in COMPRESSED:
        data = gzip.compress(data, mtime=0)
    return len(data)


@contextmanager
def chromium(*options):
    """A browser, started for the block; without one see ``missing``."""
    sync_playwright = needed("playwright.sync_api").sync_playwright
    program = browser_program()
    if program is None:
        missing("no Chromium: install it, or name it in CHROMIUM")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", *options],
            timeout=1000 * patience(120),
        )
        yield started
        started.close()


@pytest.fixture(scope="module", name="browser")
def browser_of_the_site():
    """A browser that knows the address of the site; one for each worker."""
    if not content_pages():
        missing(f"no built site in {HTML}: run `make site`")
    with served() as address, chromium() as started:
        started.address = address
        yield started


@contextmanager
def opened(browser, name, size=WIDE, prepare=None, until="load", **settings):
    """A page with settings of its own, while the block runs."""
    timeout = needed("playwright.sync_api").TimeoutError
    width, height = size
    viewport = {"width": width, "height": height}
    # A browser on a busy machine may stall: then once more, from the start.
    for attempt in (1, 2):
        context = browser.new_context(viewport=viewport, **settings)
        context.set_default_timeout(1000 * patience(120))
        try:
            page = context.new_page()
            if prepare:
                prepare(page)
            page.goto(browser.address + name, wait_until=until)
            break
        except timeout:
            context.close()
            if attempt == 2:
                raise
    try:
        yield page
    finally:
        context.close()


def wait_until(page, condition, arg=None):
    """Wait until a condition in JavaScript holds, under the page's policy.

    Playwright's own `wait_for_function` has the page run a string as code,
    which the policy of every page forbids.
    """
    start = time.monotonic()
    while not page.evaluate(condition, arg):
        if time.monotonic() - start > patience(120):
            raise TimeoutError(f"still not true: {condition}")
        page.wait_for_timeout(50)


def settled(page):
    """Wait until the fonts are there and the page has nothing left to do."""
    wait_until(page, "'whole' in document.documentElement.dataset")
    page.evaluate(
        """() => document.fonts.ready.then(() => new Promise((done) =>
        requestAnimationFrame(() =>
        requestIdleCallback(done, {timeout: 500}))))"""
    )
