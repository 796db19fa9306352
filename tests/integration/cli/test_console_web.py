"""The console in a browser: `gateway console --web`."""

import asyncio
import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.integration.cli.processes import RunningGateway, wait_until
from tests.support.browser import CHROMIUM, browser, open_page
from tests.unit.cli.cli_runner import gateway as cli

HOST = "127.0.0.1"


@contextmanager
def served_console(gateway: RunningGateway) -> Iterator[str]:
    """Serve the console; gives the address of its page."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "gateway.cli", "console", "--web", "--port", str(port)]
    command += ["-c", str(gateway.config)]
    url = f"http://{HOST}:{port}/"

    def answers() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=5) as page:
                return b"gateway console" in page.read()
        except OSError:
            return False

    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_until(answers, "the page is served", 60.0)
            yield url
        finally:
            process.terminate()


def test_console_is_served_on_loopback_alone(gateway: RunningGateway) -> None:
    with served_console(gateway) as url:
        port = url.rstrip("/").rpartition(":")[2]
        listening = subprocess.run(["ss", "-Hltn"], capture_output=True, text=True, check=False).stdout
        assert not [line for line in listening.splitlines() if f":{port} " in line and HOST not in line]


async def test_console_is_drawn_over_the_websocket_and_takes_keys(gateway: RunningGateway) -> None:
    """What the page's script does, without a browser: it draws what comes and sends what is pressed."""
    with served_console(gateway) as url:
        async with aiohttp.ClientSession() as http:
            async with http.get(url) as page:
                found = re.search(r'data-session-websocket-url="(ws:[^"?]+)', await page.text())
            assert found is not None
            async with http.ws_connect(f"{found[1]}?width=150&height=50") as socket_:
                await _drawn(socket_, b"READY")
                await socket_.send_json(["stdin", "k"])
                await _drawn(socket_, b"reason (kept in the journal)")
    assert "HALTED" not in await _states(gateway)


async def _drawn(socket_: aiohttp.ClientWebSocketResponse, wanted: bytes) -> None:
    """Wait until this has been sent to be drawn."""
    received = b""
    async with asyncio.timeout(60):
        while wanted not in received:
            message = await socket_.receive()
            assert message.type in (aiohttp.WSMsgType.BINARY, aiohttp.WSMsgType.TEXT), received[-500:]
            received += message.data if isinstance(message.data, bytes) else message.data.encode()


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
async def test_console_in_a_browser_halts_trading_once_it_is_confirmed(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    with served_console(gateway) as url, browser(tmp_path) as port:
        async with open_page(port, url) as page:
            await page.shows("READY")
            await page.evaluate("document.querySelector('textarea').focus()")
            await page.press("k")
            await page.shows("reason (kept in the journal)")
            await page.press(*"browser")
            await page.shows("browser")
            await page.press("Tab", "Enter")
            await page.shows("Halt trading at firm: browser?")
            assert "HALTED" not in await _states(gateway)
            await page.press("y")
            await page.shows("HALTED")
            assert "browser" in await _states(gateway)
    lifted = cli("kill-switch", "off", "--level", "firm", "--reason", "test is over", "-c", gateway.config)
    assert lifted.code == 0, lifted.err


async def _states(gateway: RunningGateway) -> str:
    shown = await asyncio.to_thread(cli, "kill-switch", "status", "-c", gateway.config)
    return str(shown.out)
