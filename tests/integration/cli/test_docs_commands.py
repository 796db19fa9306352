"""Every command that the documentation shows is run here, or it is said why not; names and options are checked.

A command is run as it stands, in a folder where what it names is there: a gateway that trades, its journal, a log of
its messages. What asks is answered with yes; what does not end by itself has to be running after it has begun.
"""

import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from gateway.cli.app import build_app
from gateway.core import JournalReader
from tests.integration.cli.documented import ROOT, Documented, fenced_commands, named_commands
from tests.integration.cli.processes import RunningGateway, running_gateway, wait_until, write_config
from tests.integration.cli.submit import submit
from tests.unit.cli.cli_runner import gateway as cli

TIMEOUT_S = 100

NOT_RUN = {
    "make ": "the build and the suites themselves: CI runs them as its steps",
    "pip install": "asks a package index; CI installs the same packages by its first step",
    "python -m sim ctl": "needs a simulator in a state of its own: tests/integration/sim/test_control.py",
    "python -m sim certify --target": "needs a counterparty: tests/integration/sim/test_certify.py",
    "python -m sim certify --listen": "needs a counterparty: tests/integration/sim/test_certify.py",
    "python -m sim --port": "serves on a fixed port: the tests of sim run it on free ones",
    "python -m sim scenarios check mine": "the reader's own file: tests/unit/sim/faults",
    "python -m ops.demo": "runs for as long as it is told to: `make demo` is a step of CI",
    "gateway run": "is what every other command here is run against",
    "gateway init backtest": "as `gateway init paper`",
}
"""By how the command begins."""

ENDLESS = ("gateway tail", "gateway console", "gateway fixlog -f")
"""Wait for more until they are interrupted."""

CODES = {
    "gateway check-config": (0,),
    "gateway doctor": (0, 7),  # the machine may deserve a warning
}
"""Exit codes that are right, where that is not 0 alone."""

SECOND = """\
name: second
begin_string: FIX.4.4
sender_comp_id: GATEWAY-2
target_comp_id: SIM
host: 127.0.0.1
port: {port}
"""


def reason_not_to_run(command: Documented) -> str:
    return next((why for start, why in NOT_RUN.items() if command.text.startswith(start)), "")


def is_endless(command: Documented) -> bool:
    return (
        command.text.startswith(ENDLESS) and "--no-follow" not in command.text and "--web" not in command.text
    )


@pytest.fixture(scope="module")
def prepared(
    sim_port: int, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[RunningGateway, Path]]:
    """A gateway that has traded, and a folder that holds what the pages name."""
    folder = tmp_path_factory.mktemp("documented")
    write_config(folder, sim_port, "GW-DOCS")
    with running_gateway(folder) as running:
        wait_until(lambda: "READY" in cli("sessions", "-c", running.config).out, "session is ready")
        order = submit(running.ready["api"], "docs-1", price="175.00")
        place = tmp_path_factory.mktemp("reader")
        (place / "my-gateway").symlink_to(folder)
        (place / "gateway.yaml").symlink_to(running.config)
        (place / "journal").symlink_to(folder / "journal")
        (place / "gateway.db").symlink_to(folder / "gateway.db")
        (place / "backup").mkdir()
        (place / "backup" / "journal").symlink_to(folder / "journal")
        wait_until(lambda: "NEW" in cli("order", "docs-1", "-c", running.config).out, "order works")
        text, _ = JournalReader(folder / "journal").fix_log(1)
        cl_ord_id = order.cl_ord_id.encode()
        (place / "FIX.4.4-DESK-VENUE.messages.current.log").write_bytes(text.replace(cl_ord_id, b"ORD-17"))
        subprocess.run(
            "gzip -c FIX.4.4-DESK-VENUE.messages.current.log > day.log.gz", shell=True, cwd=place, check=True
        )
        (place / "second.yaml").write_text(SECOND.format(port=sim_port))
        yield running, place


@pytest.mark.parametrize("command", fenced_commands(), ids=str)
def test_command_of_a_page_does_what_the_page_says(
    command: Documented, prepared: tuple[RunningGateway, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    if why := reason_not_to_run(command):
        pytest.skip(why)
    running, place = prepared
    text = as_run(command.text, running)
    if is_endless(command):
        assert_goes_on(text, place, running)
        return
    right = next((codes for start, codes in CODES.items() if command.text.startswith(start)), (0,))
    if command.text.startswith("gateway ") and not set("|>&*") & set(text.replace(">=", "")):
        monkeypatch.chdir(place)
        monkeypatch.setenv("XDG_CACHE_HOME", str(running.folder / "cache"))
        monkeypatch.setenv("GATEWAY_SECRETS_KEY_FILE", "secrets.key")  # as the page exports it
        monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
        result = cli(*shlex.split(text)[1:])
        assert result.code in right, f"{text}\n{result.out}{result.err}"
        return
    where = place if command.text.startswith("zcat") else ROOT
    ended = subprocess.run(
        ["sh", "-c", text],
        cwd=where,
        input="y\n",
        capture_output=True,
        text=True,
        env=environment(running),
        timeout=TIMEOUT_S,
        check=False,
    )
    assert ended.returncode in right, f"{text}\n{ended.stdout}{ended.stderr}"


def assert_goes_on(text: str, place: Path, running: RunningGateway) -> None:
    """Start it, and see that it shows something and does not end by itself."""
    command = ["sh", "-c", f"exec {text}"]
    with subprocess.Popen(
        command,
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment(running),
    ) as process:
        try:
            assert process.stdout is not None
            first = process.stdout.readline()
            assert first
            assert process.poll() is None, first
        finally:
            process.kill()


def as_run(text: str, running: RunningGateway) -> str:
    """Put the names of this test in place of the reader's."""
    for shown, here in (
        ("python -m", f"{sys.executable} -m"),
        ("show 17", "show docs-1"),
        ("gateway init my-gateway", "gateway init new-gateway"),
        (" venue", " sim"),
        ("--venue TWO", "--venue SIM-2"),
        ("/backup/", "backup/"),
        (" day.csv", f" {running.folder}/day.csv"),
        (" day.parquet", f" {running.folder}/day.parquet"),
        ("> scenario.json", "> /dev/null"),
    ):
        text = text.replace(shown, here)
    return text


def environment(running: RunningGateway) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "XDG_CACHE_HOME": str(running.folder / "cache"), "TERM": "dumb"}


def test_every_reason_not_to_run_is_still_needed() -> None:
    commands = fenced_commands()
    assert len(commands) > 50
    unused = [start for start in NOT_RUN if not any(command.text.startswith(start) for command in commands)]
    assert not unused


@pytest.mark.parametrize(
    "command", [each for each in named_commands() if re.match("gateway [a-z]", each.text)], ids=str
)
def test_command_that_a_page_names_is_there_with_its_options(command: Documented) -> None:
    group: Any = typer.main.get_command(build_app())
    words = command.text.split()[1:]
    while words and words[0] in getattr(group, "commands", {}):
        group = group.commands[words.pop(0)]
    is_a_command = not hasattr(group, "commands") or group.invoke_without_command or not words
    assert is_a_command, f"{command}: there is no such command"
    known = {name for parameter in group.params for name in (*parameter.opts, *parameter.secondary_opts)}
    asked = {word.strip("[]").split("=")[0] for word in words if word.strip("[]").startswith("--")}
    assert asked <= known | {"--help", "--debug"}, f"{command}: knows {sorted(known)}"
