import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from gateway.cli.app import build_app
from tests.unit.cli.cli_runner import gateway

COMMANDS = (
    ["init"],
    ["check-config"],
    ["config", "schema"],
    ["run"],
    ["doctor"],
    ["console"],
    ["tail"],
    ["audit"],
    ["export"],
    ["replay"],
    ["fixlog"],
    ["orders"],
    ["orders", "list"],
    ["orders", "show"],
    ["orders", "cancel"],
    ["orders", "resolve"],
    ["order"],
    ["quotes"],
    ["positions"],
    ["positions", "adjust"],
    ["positions", "split"],
    ["sessions"],
    ["kill-switch", "on"],
    ["kill-switch", "off"],
    ["kill-switch", "status"],
    ["journal", "verify"],
    ["journal", "dump"],
    ["journal", "repair"],
)
QUERIES = (["orders"], ["order", "1"], ["positions"], ["sessions"], ["kill-switch", "status"])


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_of_a_command_says_what_it_does(command: list[str]) -> None:
    result = gateway(*command, "--help")
    assert result.code == 0
    assert "Usage: gateway" in result.out


def test_every_command_and_each_of_its_parameters_has_help() -> None:
    commands = dict(_commands(typer.main.get_command(build_app()), ""))
    assert len(commands) > 50
    for name, command in commands.items():
        assert command.help, name
        assert [each.name for each in command.params if not getattr(each, "help", "")] == [], name


def _commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Give every command below this one that can be run by itself."""
    below = getattr(command, "commands", {})
    if not below or command.invoke_without_command:
        yield name, command
    for inner, each in below.items():
        yield from _commands(each, f"{name} {inner}".strip())


def test_no_arguments_show_every_command() -> None:
    shown = gateway("--help").out
    assert all(command[0] in shown for command in COMMANDS)


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["order"], ["orders", "--limit", "0"], ["orders", "--nonsense"]]
)
def test_wrong_command_line_exits_2_with_a_message(arguments: list[str]) -> None:
    result = gateway(*arguments)
    assert result.code == 2
    assert "Error" in result.err
    assert "Traceback" not in result.err


@pytest.mark.parametrize("command", QUERIES, ids=" ".join)
def test_query_where_nothing_listens_says_so_in_one_line(command: list[str], closed_port: int) -> None:
    result = gateway(*command, "--address", f"127.0.0.1:{closed_port}", "--client", "c1")
    assert result.code == 4
    assert result.err == (
        f"gateway: no gateway answers at 127.0.0.1:{closed_port}; "
        "start it with `gateway run -c FILE`, or give the right --address\n"
    )


def test_query_takes_the_address_from_the_configuration(tmp_path: Path, closed_port: int) -> None:
    gateway("init", tmp_path)
    config = tmp_path / "gateway.yaml"
    config.write_text(config.read_text().replace("127.0.0.1:7010", f"127.0.0.1:{closed_port}"))
    result = gateway("sessions", "-c", config)
    assert result.code == 4
    assert f"127.0.0.1:{closed_port}" in result.err


def test_query_with_port_0_and_no_running_gateway_says_so(tmp_path: Path) -> None:
    gateway("init", tmp_path)
    config = tmp_path / "gateway.yaml"
    config.write_text(config.read_text().replace("127.0.0.1:7010", "127.0.0.1:0"))
    result = gateway("sessions", "-c", config)
    assert result.code == 4
    assert "no gateway runs with this configuration" in result.err


def test_query_without_client_or_configuration_asks_for_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GATEWAY_CONFIG", raising=False)
    result = gateway("orders")
    assert result.code == 2
    assert "--client" in result.err


def test_traceback_is_shown_only_with_debug(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    plain = gateway("init", tmp_path / "file" / "below")
    debug = gateway("init", tmp_path / "file" / "below", "--debug")
    assert "Traceback" not in plain.err
    assert "Traceback" in debug.err
    assert plain.code == debug.code == 1


def test_version_is_printed() -> None:
    assert gateway("--version").out.startswith("gateway 0.")
