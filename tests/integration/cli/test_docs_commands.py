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
from gateway.cli.failure import ExitCode
from gateway.core import JournalReader
from gateway.v1 import types_pb2
from tests.integration.cli.documented import (
    ROOT,
    Documented,
    fenced_commands,
    named_commands,
    run_by_ci,
    shown_outputs,
)
from tests.integration.cli.fenced import CODES, ENDLESS, RUN_ELSEWHERE, SAYS, longest
from tests.integration.cli.processes import RunningGateway, running_gateway, wait_until, write_config
from tests.integration.cli.submit import submit
from tests.support.terminal import Terminal
from tests.unit.cli.cli_runner import gateway as cli

TIMEOUT_S = 100

MINE = """\
name: mine
purpose: Drop a report.
rules:
  - {when: {message: "8"}, do: [drop]}
"""
SECOND = """\
name: second
begin_string: FIX.4.4
sender_comp_id: GATEWAY-2
target_comp_id: SIM
host: 127.0.0.1
port: {port}
"""


def is_endless(command: Documented) -> bool:
    return bool(longest(ENDLESS, command.text)) and not {"--no-follow", "--web"} & set(command.words)


def is_run_elsewhere(command: Documented) -> bool:
    return bool(longest(RUN_ELSEWHERE, command.text)) or run_by_ci(command.text)


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
        submit(running.ready["api"], "docs-denied", quantity="100001")
        for side in (types_pb2.SIDE_BUY, types_pb2.SIDE_SELL):
            submit(
                running.ready["api"],
                f"docs-trade-{side}",
                side=side,
                quantity="1000",
                strategy=f"side-{side}",
            )
        for way in ("on", "off"):
            assert (
                cli(
                    "kill-switch", way, "--level", "venue:SIM", "--reason", "drill", "-c", running.config
                ).code
                == 0
            )
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
        (place / "mine.yaml").write_text(
            'name: mine\npurpose: Drop a report.\nrules:\n  - {when: {message: "8"}, do: [drop]}\n'
        )
        (place / "second.yaml").write_text(SECOND.format(port=sim_port))
        yield running, place


@pytest.mark.parametrize(
    "command", [each for each in fenced_commands() if not is_run_elsewhere(each)], ids=str
)
def test_command_of_a_page_does_what_the_page_says(
    command: Documented, prepared: tuple[RunningGateway, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    running, place = prepared
    text = as_run(command.text, running)
    if is_endless(command):
        assert_goes_on(text, ENDLESS[longest(ENDLESS, command.text)], place, running)
        return
    codes = CODES.get(longest(CODES, command.text), (0,))
    if command.text.startswith("gateway ") and not set("|>&*") & set(text.replace(">=", "")):
        monkeypatch.chdir(place)
        monkeypatch.setenv("XDG_CACHE_HOME", str(running.folder / "cache"))
        monkeypatch.setenv("GATEWAY_SECRETS_KEY_FILE", "secrets.key")  # as the page exports it
        monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
        result = cli(*shlex.split(text)[1:])
        code, out, err = result.code, result.out, result.err
    else:
        ended = subprocess.run(
            ["sh", "-c", text],
            cwd=place,
            input="y\n",
            capture_output=True,
            text=True,
            env=environment(running),
            timeout=TIMEOUT_S,
            check=False,
        )
        code, out, err = ended.returncode, ended.stdout, ended.stderr
    assert code in codes, f"{text}\n{out}{err}"
    expected = SAYS[longest(SAYS, command.text)]
    assert re.search(expected, out), f"{expected}\n{text}\n{out}{err}"


@pytest.mark.parametrize(("command", "lines"), shown_outputs(), ids=str)
def test_output_that_a_page_shows_is_what_is_printed(
    command: Documented,
    lines: list[str],
    prepared: tuple[RunningGateway, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Line by line; numbers may be others, and the folder is another."""
    running, place = prepared
    monkeypatch.chdir(place)
    if command.text.startswith("gateway run"):
        printed = running.output()
    else:
        text = command.text.replace("init my-gateway", f"init shown-{len(list(place.iterdir()))}")
        result = cli(*shlex.split(text)[1:])
        assert result.code == 0, result.err
        printed = result.out
    for here, there in ((str(running.folder), "my-gateway"), ("GW-DOCS", "GATEWAY")):
        printed = printed.replace(here, there)
    printed = re.sub(r"shown-\d+", "my-gateway", printed)
    numbers = re.compile(r"\d+")
    assert numbers.sub("0", "\n".join(lines)) in numbers.sub("0", printed)


def assert_goes_on(text: str, shown: str, place: Path, running: RunningGateway) -> None:
    """Start it on a terminal, see that it shows what is expected, does not end by itself, and ends when it is told."""
    with Terminal(["sh", "-c", f"exec {text}"], environment=environment(running), folder=place) as terminal:
        terminal.wait_for(shown)
        assert terminal.is_running, terminal.shown
        if text.startswith("gateway console"):
            terminal.type("q")
            assert terminal.wait() == 0, terminal.shown
        else:
            terminal.interrupt()
            assert terminal.wait() == ExitCode.INTERRUPTED, terminal.shown


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
        ("--from-lsn 1200", "--from-lsn 12"),
        ("--from-lsn 100000", "--from-lsn 12"),
    ):
        text = text.replace(shown, here)
    return text


def environment(running: RunningGateway) -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "XDG_CACHE_HOME": str(running.folder / "cache"), "TERM": "dumb"}


def test_tables_are_no_longer_than_needed_and_what_they_point_to_is_there() -> None:
    commands = fenced_commands()
    assert len(commands) > 50
    here = [command.text for command in commands if not is_run_elsewhere(command)]
    assert [text for text in here if not longest(SAYS, text) and not longest(ENDLESS, text)] == []
    elsewhere = {longest(RUN_ELSEWHERE, command.text) for command in commands}
    assert sorted(set(RUN_ELSEWHERE) - elsewhere) == []
    assert [where for where in RUN_ELSEWHERE.values() if not (ROOT / where).is_file()] == []
    assert sorted(set(SAYS) - {longest(SAYS, text) for text in here}) == []


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
