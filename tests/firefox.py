"""Firefox, driven by WebDriver BiDi, the protocol that it speaks itself.

FIREFOX names the program; else `firefox` or `firefox-esr` is looked for.
Continuous integration does not install it; there these tests skip.
"""

import itertools
import json
import os
import queue
import re
import shutil
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager

import pytest
import websocket

from tests.built_site import GIVE_TIME, patience

LISTENING = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
# No page of the site asks anyone else; the browser itself would.
SETTINGS = """
user_pref("app.normandy.enabled", false);
user_pref("app.update.enabled", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("extensions.update.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "data:,none");
"""


def firefox_program():
    """The path of the program, or None."""
    named = os.environ.get("FIREFOX")
    return named or shutil.which("firefox") or shutil.which("firefox-esr")


class Firefox:
    """One page of a running Firefox."""

    def __init__(self, address):
        # Firefox refuses a client that calls itself a page of another host.
        self.socket = websocket.create_connection(
            f"{address}/session", timeout=patience(300), suppress_origin=True
        )
        self.numbers = itertools.count(1)
        self.command("session.new", capabilities={})
        tree = self.command("browsingContext.getTree")
        self.context = tree["contexts"][0]["context"]

    def command(self, method, **params):
        """Return the result of a command; ``RuntimeError`` if refused."""
        number = next(self.numbers)
        sent = {"id": number, "method": method, "params": params}
        self.socket.send(json.dumps(sent))
        while True:
            said = json.loads(self.socket.recv())
            if said.get("id") == number:
                break
        if said["type"] == "error":
            raise RuntimeError(f"{method}: {said['message']}")
        return said["result"]

    def open(self, address):
        """Open a page and wait until it is loaded."""
        self.command(
            "browsingContext.navigate",
            context=self.context,
            url=address,
            wait="complete",
        )
        self.call(GIVE_TIME, patience(12))

    def call(self, function, *arguments):
        """Return what a function in JavaScript returns, through JSON."""
        said = self.command(
            "script.callFunction",
            functionDeclaration=(
                "async (asked) => JSON.stringify((await "
                f"({function})(...JSON.parse(asked))) ?? null)"
            ),
            arguments=[{"type": "string", "value": json.dumps(arguments)}],
            target={"context": self.context},
            awaitPromise=True,
        )
        if said["type"] == "exception":
            raise RuntimeError(said["exceptionDetails"]["text"])
        return json.loads(said["result"]["value"])

    def wait_until(self, function, *arguments):
        """Wait until a function in JavaScript returns what is true."""
        start = time.monotonic()
        while not self.call(function, *arguments):
            if time.monotonic() - start > patience(120):
                raise TimeoutError(f"still not true: {function}")
            time.sleep(0.05)

    def press(self, text):
        """Type a text on the keyboard, to where the focus is."""
        keys = [
            {"type": kind, "value": key}
            for key in text
            for kind in ("keyDown", "keyUp")
        ]
        self.command(
            "input.performActions",
            context=self.context,
            actions=[{"type": "key", "id": "keyboard", "actions": keys}],
        )


@contextmanager
def firefox():
    """Firefox with a new profile, while the block runs."""
    program = firefox_program()
    if program is None:
        pytest.skip("no Firefox: install it, or name it in FIREFOX")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        with open(f"{profile}/user.js", "w", encoding="utf-8") as settings:
            settings.write(SETTINGS)
        started = subprocess.Popen(
            [
                program,
                "--headless",
                "--no-remote",
                "--profile",
                profile,
                "--remote-debugging-port=0",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        lines: queue.Queue = queue.Queue()
        reading = threading.Thread(
            target=lambda: [lines.put(line) for line in started.stderr],
            daemon=True,
        )
        reading.start()
        wait = patience(120)
        try:
            while not (found := LISTENING.search(lines.get(timeout=wait))):
                pass
            page = Firefox(found[1])
            yield page
            page.socket.close()
        finally:
            started.terminate()
            started.wait()
            reading.join()
            started.stderr.close()
