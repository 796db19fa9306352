"""The pages' commands that run a simulator or steer one: on ports that are free, in the order of the page."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import simplefix

from tests.integration.cli.documented import ROOT, Documented, fenced_commands
from tests.integration.cli.processes import running_gateway, wait_until, write_config
from tests.integration.cli.submit import submit
from tests.unit.cli.cli_runner import gateway as cli

TIMEOUT_S = 60
LISTENS = re.compile(r"(listening|http|control) on 127\.0\.0\.1:(\d+)\n")
SCENARIO = """\
name: mine
purpose: A client that logs on and sends no order.
rules:
  - {when: {message: "8"}, do: [drop], must_fire: no}
expect:
  - never: {message: D}
    within: 100ms
"""


def log_on(port: int) -> socket.socket:
    """Log on as a client and leave the connection open."""
    logon = simplefix.FixMessage()
    logon.append_pair(8, "FIX.4.4")
    for tag, value in ((35, "A"), (34, 1), (49, "GATEWAY"), (56, "SIM"), (98, 0), (108, 30)):
        logon.append_pair(tag, value)
    logon.append_utc_timestamp(52, header=True)
    connected = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
    connected.sendall(logon.encode())
    return connected


def commands(start: str) -> list[Documented]:
    return [command for command in fenced_commands() if command.text.startswith(start)]


def as_run(command: Documented, folder: Path) -> list[str]:
    """Free ports instead of the page's, and files of the checkout by their whole path."""
    words = command.text.removesuffix("&").split()
    for number, word in enumerate(words):
        if words[number - 1] in ("--port", "--http-port", "--control-port"):
            words[number] = "0"
        if word.startswith("sim/"):
            words[number] = str(ROOT / word)
    return [sys.executable, *words[1:]]


@contextmanager
def served(command: Documented, folder: Path) -> Iterator[tuple[subprocess.Popen[str], dict[str, int]]]:
    """Start a simulator; gives its process and the ports that it names on its output, one line each."""
    expected = 1 + sum(option in command.text for option in ("--http-port", "--control-port"))
    with (folder / "sim.err").open("w") as log:
        process = subprocess.Popen(
            as_run(command, folder), cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True
        )
    try:
        assert process.stdout is not None
        ports: dict[str, int] = {}
        for _ in range(expected):
            line = process.stdout.readline()
            said = LISTENS.fullmatch(line)
            assert said, f"{line!r} {(folder / 'sim.err').read_text()}"
            ports[said[1]] = int(said[2])
        yield process, ports
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


WRITES = {"--ledger": ("ledger.json", "positions"), "--verdict": ("verdict.json", "passed")}
"""Options that have a file written at the end, and what stands in it."""


@pytest.mark.parametrize("command", commands("python -m sim --port"), ids=str)
def test_simulator_listens_as_its_page_says(command: Documented, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(SCENARIO)
    if "day.parquet" in command.text:
        convert = ["recordings", "convert", str(ROOT / "sim/replay/sample.csv"), "day.parquet"]
        subprocess.run([sys.executable, "-m", "sim", *convert], cwd=tmp_path, check=True, timeout=TIMEOUT_S)
    with served(command, tmp_path) as (process, ports):
        with log_on(ports["listening"]) as client:
            assert b"|35=A|" in client.recv(4096).replace(b"\x01", b"|")
            if "--until-verdict" in command.text:
                assert process.wait(TIMEOUT_S) == 0, (tmp_path / "sim.err").read_text()
        if "--until-verdict" not in command.text:
            if "http" in ports:
                with urllib.request.urlopen(f"http://127.0.0.1:{ports['http']}/health", timeout=5) as page:
                    assert page.status == 200
            process.send_signal(signal.SIGTERM)
        assert process.wait(TIMEOUT_S) == 0, (tmp_path / "sim.err").read_text()
    for option, (name, content) in WRITES.items():
        if option in command.text:
            written = (tmp_path / name).read_text()
            assert json.loads(written)
            assert content in written


CTL = {
    "inject": (0, r"\A1\n\Z"),
    "list": (0, r'\A1 .*"probability":"0\.1".*\n\Z'),
    "clear": (0, r"\A1 removed\n\Z"),
    "act": (0, r""),
    "halt": (0, r""),
    "restart": (0, r""),
    "play": (0, r""),
    "verdict": (3, r"fill-before-ack"),
    "state": (0, r"(?s)trading: .*connections: \d"),
}
"""What each answers with; `verdict` gives 3 for a scenario in which what has to happen has not."""


def test_simulator_is_steered_in_the_order_of_the_page(tmp_path: Path) -> None:
    (server,) = commands("python -m sim --port 9878 --control-port 9880")
    steps = commands("python -m sim ctl")
    assert [step.words[4] for step in steps] == list(CTL)
    with served(server, tmp_path) as (_, ports):
        write_config(tmp_path / "gateway", ports["listening"], "GATEWAY")
        with running_gateway(tmp_path / "gateway") as running:
            config = running.config
            wait_until(lambda: "READY" in cli("sessions", "-c", config).out, "session is ready")
            submit(running.ready["api"], "ctl-1", price="175.00")
            wait_until(lambda: "NEW" in cli("order", "ctl-1", "-c", config).out, "order works")
            for step in steps:
                code, expected = CTL[step.words[4]]
                words = [sys.executable, *step.words[1:], "--address", f"127.0.0.1:{ports['control']}"]
                ended = subprocess.run(words, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
                assert ended.returncode == code, f"{step}\n{ended.stdout}{ended.stderr}"
                assert re.search(expected, ended.stdout), f"{step}\n{ended.stdout}"
                if step.words[4] == "act":
                    wait_until(
                        lambda: "CANCELED" in cli("order", "ctl-1", "-c", config).out, "it is canceled"
                    )
                    assert "|58=by hand|" in cli("orders", "show", "ctl-1", "-c", config).out
                if step.words[4] == "halt":
                    submit(running.ready["api"], "ctl-2", price="175.00")
                    wait_until(
                        lambda: "REJECTED" in cli("order", "ctl-2", "-c", config).out, "it is rejected"
                    )
                if step.words[4] == "restart":
                    wait_until(lambda: "READY" not in cli("sessions", "-c", config).out, "session is down")
                    wait_until(lambda: "READY" in cli("sessions", "-c", config).out, "session is up again")
