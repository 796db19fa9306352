"""A page in a real browser: Chromium without a window, told what to do over its DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import itertools
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.support.waiting import wait_until

__all__ = ["CHROMIUM", "Page", "browser", "open_page"]

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
"""Where it is; None where there is none."""
START_S = 60.0
KEY_CODES = {"Tab": 9, "Enter": 13}


class Page:
    """One page; what its WebSocket has received is kept."""

    def __init__(self, devtools: aiohttp.ClientWebSocketResponse) -> None:
        self._devtools = devtools
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._more = asyncio.Event()
        self.received = b""

    async def call(self, method: str, **params: object) -> dict[str, Any]:
        """Call a method of the DevTools protocol; AssertionError with its message where it refuses."""
        number = next(self._numbers)
        answered = self._answers[number] = asyncio.get_running_loop().create_future()
        await self._devtools.send_json({"id": number, "method": method, "params": params})
        answer = await answered
        assert "error" not in answer, f"{method}: {answer['error']}"
        result: dict[str, Any] = answer["result"]
        return result

    async def evaluate(self, expression: str) -> object:
        """Evaluate JavaScript in the page."""
        answer = await self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return answer["result"].get("value")

    async def press(self, *keys: str) -> None:
        """Press keys, each a character or a name of KEY_CODES."""
        for key in keys:
            code = KEY_CODES.get(key) or ord(key.upper())
            text = {"Tab": "", "Enter": "\r"}.get(key, key)
            down = {"type": "keyDown", "key": key, "windowsVirtualKeyCode": code}
            await self.call("Input.dispatchKeyEvent", **down, **({"text": text} if text else {}))
            await self.call("Input.dispatchKeyEvent", **{**down, "type": "keyUp"})

    async def shows(self, text: str) -> None:
        """Wait until the page has been sent this text over its WebSocket, and forget what came before."""
        wanted = text.encode()
        async with asyncio.timeout(START_S):
            while wanted not in self.received:
                self._more.clear()
                await self._more.wait()
        self.received = self.received.partition(wanted)[2]

    async def read(self) -> None:
        """Take what the browser says, until it ends."""
        async for message in self._devtools:
            said = message.json()
            if said.get("id") in self._answers:
                self._answers.pop(said["id"]).set_result(said)
            elif said.get("method") == "Network.webSocketFrameReceived":
                frame = said["params"]["response"]
                data = frame["payloadData"]
                self.received += base64.b64decode(data) if frame["opcode"] == 2 else data.encode()
                self._more.set()


@contextmanager
def browser(profile: Path) -> Iterator[int]:
    """Run the browser; gives the port of its DevTools. `profile` is an empty folder for what it writes."""
    assert CHROMIUM is not None
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"]
    command += [f"--user-data-dir={profile}", "--window-size=1500,900", "about:blank"]
    port_file = profile / "DevToolsActivePort"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(
                lambda: port_file.exists() and port_file.read_text().count("\n") >= 1, "the browser listens"
            )
            yield int(port_file.read_text().split()[0])
        finally:
            process.terminate()


@asynccontextmanager
async def open_page(port: int, url: str) -> AsyncIterator[Page]:
    """Open a page in the browser whose DevTools listen on this port."""
    async with aiohttp.ClientSession() as http:
        async with http.get(f"http://127.0.0.1:{port}/json/list") as answer:
            targets = await answer.json()
        [target] = [each for each in targets if each["type"] == "page"]
        async with http.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as devtools:
            page = Page(devtools)
            reading = asyncio.create_task(page.read())
            await page.call("Network.enable")
            await page.call("Page.navigate", url=url)
            yield page
            reading.cancel()
