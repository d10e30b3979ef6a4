"""Take the snapshots of the explorables: what readers see without scripts.

`python -m tools.explorables NAME …`, or without a name all of them. It needs
a Chromium, as the tests of the site do.
"""

import re
import sys
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import sync_playwright

from bptt_figures.moving.explorable import HERE, template
from tools.pdf import browser_program

# What a module says of controls; without it they do nothing.
LIVE = (
    ' data-lm-suppress-shortcuts=""| aria-pressed="false"| tabindex="-1"|'
    '(?<="") aria-label="k [^"]*"'
)
ADDRESS = "http://explorables.invalid/"  # never asked: every file is routed


def snapshot(browser, name, folder=HERE):
    """Return the element of a template as its module first shows it.

    Raises RuntimeError with what the page complained of.
    """
    style, body = template(name, folder)
    module = f'<script type="module" src="{name}.mjs"></script>'
    start = f"<!doctype html><meta charset='utf-8'>{style}{body}{module}"

    def answer(route):
        asked = route.request.url.removeprefix(ADDRESS)
        if asked == "":
            route.fulfill(body=start, content_type="text/html")
        elif (folder / asked).is_file():
            route.fulfill(path=folder / asked, content_type="text/javascript")
        else:
            route.fulfill(status=404)

    troubles = []
    page = browser.new_page()
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text))
    page.route("**/*", answer)
    page.goto(ADDRESS)
    element = page.evaluate("document.querySelector('.bx').outerHTML")
    page.close()
    troubles = [one for one in troubles if "favicon" not in one]
    if troubles:
        raise RuntimeError(f"{name}: {'; '.join(troubles)}")
    element = re.sub(r"></(path|circle|input)>", "/>", element)
    return re.sub(LIVE, "", element) + "\n"


@contextmanager
def chromium():
    """Yield a browser; RuntimeError where there is no Chromium."""
    program = browser_program()
    if program is None:
        raise RuntimeError("no Chromium: install it, or name it in CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-gpu"],
            timeout=0,
        )
        yield browser
        browser.close()


def names(folder=HERE):
    """Return the names of the explorables that a folder has templates of."""
    files = [path.name.split(".") for path in sorted(folder.glob("*.html"))]
    return [first for first, *rest in files if rest == ["html"]]


def main(wanted):
    """Take the snapshots of these names, or of all."""
    with chromium() as browser:
        for name in wanted or names():
            file = HERE / f"{name}.snapshot.html"
            taken = snapshot(browser, name)
            fresh = file.is_file() and file.read_text("utf-8") == taken
            file.write_text(taken, encoding="utf-8")
            print(f"{file.name}: {'as it was' if fresh else 'taken'}")


if __name__ == "__main__":
    main([Path(name).stem for name in sys.argv[1:]])
