"""How long typing on the page takes: python -m benchmarks.in_page

Takes the built site, in Chromium: bytes, the first verdict of a new browser
profile and of one that has the files, then true displays and altered ones
with their hints. Processor seconds are of all processes of the browser, so
that a busy machine changes them less than time on the wall. The section in
RESULTS.md is replaced.
"""

import random
import re
import statistics
import tempfile
import time
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from tests import built_site, in_page_claims

RESULTS = Path(__file__).with_name("RESULTS.md")
BEGIN, END = "<!-- in page -->\n", "<!-- end of in page -->\n"
DISPLAYS, ALTERED, SEED = 30, 40, 19
WRONG = r"(1 - h_T^2) \odot V (\hat y_T - y_T)"
PAGE = "book/04_bptt.html"


def browser_processes():
    """Return the processes of the browser that this one started."""
    return [
        one
        for one in psutil.Process().children(recursive=True)
        if "chrom" in one.name()
    ]


def processor_seconds():
    total = 0.0
    for one in browser_processes():
        times = one.cpu_times()
        total += times.user + times.system
    return total


def first_verdict(page, address):
    """Return wall and processor seconds from the press to the first hint."""
    page.goto(address + PAGE)
    page.locator("#ex-bptt-delta summary").click()
    box = page.locator("#ex-bptt-delta .typing").first
    box.locator("textarea").fill(WRONG)
    wall, busy = time.perf_counter(), processor_seconds()
    box.locator(".check").click()
    box.locator(".hints button").click(timeout=600_000)
    page.locator("#ex-bptt-delta .hints > div").wait_for(timeout=600_000)
    return time.perf_counter() - wall, processor_seconds() - busy


def judged(page, claims):
    """Return the milliseconds of each claim in a worker, and its memory."""
    return page.evaluate(
        """async (claims) => {
          const {home} = JSON.parse(
            document.getElementById("typing-data").textContent);
          const worker = new Worker(new URL(home + "worker.mjs",
            location.href), {type: "module"});
          const took = [];
          let at = 0, start = 0;
          return new Promise((done) => {
            worker.onmessage = ({data}) => {
              if (data.loaded) return;
              if (!data.ready) took.push(performance.now() - start);
              if (at === claims.length) return done(took);
              start = performance.now();
              worker.postMessage({request: claims[at++]});
            };
          });
        }""",
        claims,
    )


def renderer():
    """Return the memory of the largest process that shows a page, in MiB."""
    sizes = [
        one.memory_info().rss
        for one in browser_processes()
        if "--type=renderer" in one.cmdline()
    ]
    return max(sizes) / 2**20


def measured():
    """Return the lines of the section."""
    draw = random.Random(SEED)
    shown = draw.sample(in_page_claims.displays(), DISPLAYS)
    altered = in_page_claims.altered(ALTERED, SEED)
    files = built_site.HTML / "_static" / "in_page"
    sent = sum(built_site.transferred(p) for p in files.rglob("*.*"))
    lines = []
    with (
        built_site.served() as address,
        sync_playwright() as playwright,
        tempfile.TemporaryDirectory() as profile,
    ):
        for state in ("cold", "warm"):
            context = playwright.chromium.launch_persistent_context(
                profile,
                executable_path=built_site.browser_program(),
                args=["--no-sandbox"],
            )
            page = context.new_page()
            wall, busy = first_verdict(page, address)
            lines.append(
                f"| first verdict with its hint, {state} | "
                f"{wall:.1f} s on the wall, {busy:.1f} s of processor |"
            )
            if state == "warm":
                page.set_default_timeout(3_600_000)
                before = renderer()
                true = judged(page, shown)
                false = judged(page, altered)
                for name, took in (
                    (f"{DISPLAYS} displays", true),
                    (f"{ALTERED} altered ones, with hints", false),
                ):
                    lines.append(
                        f"| {name}, median and slowest | "
                        f"{statistics.median(took):.0f} ms, "
                        f"{max(took):.0f} ms |"
                    )
                lines.append(
                    f"| memory of the page's process, before and after | "
                    f"{before:.0f} MiB, {renderer():.0f} MiB |"
                )
            context.close()
    load = ", ".join(f"{one:.1f}" for one in psutil.getloadavg())
    head = [
        "## benchmarks/in_page.py",
        "",
        f"Chromium, files from loopback; load of the machine: {load}.",
        "",
        "| what | measured |",
        "|:--|:--|",
        f"| sent once, when a reader asks | {sent / 1e6:.2f} MB |",
    ]
    return [*head, *lines]


def main():
    section = BEGIN + "\n".join(measured()) + "\n" + END
    text = RESULTS.read_text(encoding="utf-8")
    known = re.compile(re.escape(BEGIN) + ".*" + re.escape(END), re.DOTALL)
    if known.search(text):
        text = known.sub(lambda _: section, text)
    else:
        text = f"{text}\n{section}"
    RESULTS.write_text(text, encoding="utf-8")
    print(section)


if __name__ == "__main__":
    main()
