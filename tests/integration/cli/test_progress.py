"""Progress bars: on a terminal, and nowhere else. A pipe, a file and a program (--json) get no control sequence."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.client import Client, NewOrder, Side
from gateway.core import JournalReader
from tests.integration.cli.processes import RunningGateway, running_gateway, wait_until, write_config
from tests.support.terminal import Terminal
from tests.unit.cli.cli_runner import gateway as cli

ORDERS = 1_100
"""So many rows, and more records, are enough for a bar (output.PROGRESS_MIN)."""
BAR = "━"
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Shown:
    """A command that takes a while, and what it says at its end."""

    words: str
    end: str


COMMANDS = (
    Shown("export orders -o orders.csv", "orders.csv: 1,100 orders"),
    Shown("export events -o events.csv", "events.csv: "),
    Shown("export messages -o messages.csv --journal journal", "messages.csv: "),
    Shown("replay --journal journal", "state hash"),
    Shown("fixlog fix.log --stat", "messages"),
)
JSON_COMMANDS = (
    "export orders -o orders.csv --json",
    "export events -o events.csv --json",
    "replay --journal journal --limit 1 --json",
    "fixlog fix.log --stat --json",
)


@pytest.fixture(scope="module")
def folder(sim_port: int, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gateway's folder with 1,100 orders in journal and database; it has stopped."""
    place = tmp_path_factory.mktemp("progress")
    write_config(place, sim_port, "GW-PROGRESS")
    with running_gateway(place) as running:
        wait_until(lambda: "READY" in cli("sessions", "-c", running.config).out, "session is ready")
        submit_all(running)
        assert running.stop() == 0
    text, _ = JournalReader(place / "journal").fix_log(1)
    (place / "fix.log").write_bytes(text)
    return place


def submit_all(running: RunningGateway) -> None:
    orders = [
        NewOrder(
            client_order_id=f"p-{number}",
            instrument="AAPL",
            side=Side.BUY,
            quantity=1 + number,
            price="180.00",
            account="DEMO",
            strategy="test",
        )
        for number in range(ORDERS)
    ]
    with Client(running.ready["api"], client="demo") as client:
        assert len(client.submit_many(orders)) == ORDERS


def command(words: str) -> list[str]:
    return [sys.executable, "-m", "gateway.cli", *words.split()]


def environment() -> dict[str, str]:
    """Without what makes rich believe in a terminal that is not there, or not in one that is."""
    unwanted = {"FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS", "LINES"}
    here = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {**here, "PYTHONPATH": str(Path(__file__).parents[3]), "PYTHONUTF8": "1"}


@pytest.mark.parametrize("shown", COMMANDS, ids=lambda shown: shown.words)
def test_bar_is_shown_on_a_terminal_and_gone_at_the_end(shown: Shown, folder: Path) -> None:
    with Terminal(command(shown.words), environment=environment(), folder=folder) as terminal:
        assert terminal.wait() == 0, terminal.shown
    assert BAR in terminal.shown
    last_bar = terminal.shown.rindex(BAR)
    assert "\x1b[2K" in terminal.shown[last_bar:]  # its line is emptied
    assert shown.end in terminal.shown[last_bar:]


@pytest.mark.parametrize("shown", COMMANDS, ids=lambda shown: shown.words)
def test_pipes_get_no_bar_and_no_control_sequence(shown: Shown, folder: Path) -> None:
    ended = subprocess.run(
        command(shown.words),
        cwd=folder,
        env={**environment(), "TERM": "xterm-256color"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert shown.end in ended.stdout
    assert ended.stderr == ""
    assert not CONTROL.search(ended.stdout)
    assert BAR not in ended.stdout


def test_bar_on_the_terminal_stays_out_of_what_is_piped(folder: Path) -> None:
    with Terminal(
        command("export orders -o -"),
        environment=environment(),
        folder=folder,
        output_to_pipe=True,
    ) as terminal:
        assert terminal.wait() == 0, terminal.shown
    assert BAR in terminal.shown
    assert not CONTROL.search(terminal.piped)
    assert terminal.piped.count("\n") == ORDERS + 1


def test_rows_on_the_terminal_itself_are_not_mixed_with_a_bar(folder: Path) -> None:
    with Terminal(command("export orders -o -"), environment=environment(), folder=folder) as terminal:
        assert terminal.wait() == 0, terminal.shown
    assert BAR not in terminal.shown
    assert terminal.shown.count("\n") == ORDERS + 1


@pytest.mark.parametrize("words", JSON_COMMANDS)
def test_json_comes_without_a_bar_even_on_a_terminal(words: str, folder: Path) -> None:
    with Terminal(command(words), environment=environment(), folder=folder, output_to_pipe=True) as terminal:
        assert terminal.wait() == 0, terminal.shown
    assert terminal.shown == ""
    json.loads(terminal.piped)
    assert not CONTROL.search(terminal.piped)
