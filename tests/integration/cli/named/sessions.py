"""Operating the sessions."""

from __future__ import annotations

import socket
from collections.abc import Callable

from tests.integration.cli.named.world import SESSION, Run, World, assert_in
from tests.integration.cli.processes import readiness, wait_until

__all__ = ["RUNS"]


def a_session(world: World) -> dict[str, object]:
    return {"session": world.session()}


def a_session_with_hours(world: World) -> dict[str, object]:
    """Up around the clock, by a schedule; its round trip is measured."""
    hours = 'schedule: {time_zone: UTC, windows: [{opens: "00:00", closes: "00:00"}]}'
    name = world.session(f"measure_interval: 100ms\n{hours}\n")
    wait_until(lambda: "their clock" in world.cli("sessions", "show", name).out, "round trip is measured")
    return {"session": name}


def a_session_without_its_venue(world: World) -> dict[str, object]:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    name = f"alone-{world.number()}"
    file = world.write(f"{name}.yaml", SESSION.format(name=name, port=port))
    world.cli("sessions", "add", file, "--venue", f"V-{name}", "--reason", "test", "--yes")
    monitor = world.running.ready["monitor"]
    wait_until(lambda: "refused" in readiness(monitor), "the venue has refused the connection")
    return {"session": name, "monitor": monitor}


def is_removed(world: World, values: dict[str, object]) -> None:
    world.cli("sessions", "remove", values["session"], "--reason", "test", "--yes")


def a_session_that_is_out(world: World) -> dict[str, object]:
    name = world.session()
    world.cli("sessions", "logout", name, "--reason", "test", "--yes")
    wait_until(lambda: "READY" not in world.cli("sessions", "show", name).out, "session is out")
    return {"session": name}


def a_session_file(world: World) -> dict[str, object]:
    name = f"added-{world.number()}"
    return {
        "session": name,
        "file": world.write(f"{name}.yaml", SESSION.format(name=name, port=world.sim_port)),
    }


def a_changed_session_file(world: World) -> dict[str, object]:
    name = world.session()
    text = SESSION.format(name=name, port=world.sim_port) + "heartbeat_interval: 12s\n"
    return {"session": name, "file": world.write(f"{name}.yaml", text)}


def a_changed_configuration(world: World) -> dict[str, object]:
    config = world.folder / "gateway.yaml"
    entry = SESSION.format(name=f"filed-{world.number()}", port=world.sim_port)
    lines = entry.splitlines()
    text = "  - " + lines[0] + "\n" + "".join(f"    {line}\n" for line in lines[1:])
    config.write_text(config.read_text().replace("sessions:\n", "sessions:\n" + text, 1))
    return {"session": lines[0].removeprefix("name: ")}


def becomes(state: str) -> Callable[[World, dict[str, object]], None]:
    def check(world: World, values: dict[str, object]) -> None:
        wait_until(lambda: state in world.cli("sessions", "show", values["session"]).out, f"is {state}")

    return check


def is_gone(world: World, values: dict[str, object]) -> None:
    wait_until(lambda: str(values["session"]) not in world.cli("sessions").out, "session is gone")


def is_journalled(world: World, values: dict[str, object]) -> None:
    dump = world.cli("journal", "dump", "journal", "--kind", "SessionControlled").out
    assert str(values["session"]) in dump or "WHY" in dump


RUNS = (
    Run(
        ("gateway sessions", "gateway sessions list"), "sessions",
        (r"sim +.*READY", r"doubt ", "SIM"),
    ),
    Run(
        ("gateway sessions show", "gateway sessions show NAME"), "sessions show {session}",
        ("state +READY", r"next in, out \d+, \d+", r"open orders +0", r"hours +open until \d.*day \d",
         r"round trip +\d.* ms, their clock [+-]\d.* ms"), a_session_with_hours,
    ),
    Run(
        ("gateway sessions log NAME",), "sessions log {session}",
        (r"out +1  8=FIX\.4\.4\|.*35=A\|", r"in +1  .*35=A\|"), a_session,
    ),
    Run(
        ("gateway sessions logout NAME", "gateway sessions logout venue --reason WHY"),
        "sessions logout {session} --reason WHY",
        (r"log it out and keep it out\?", "{session} is logged out"), a_session, is_journalled,
    ),
    Run(
        ("gateway sessions logon NAME", "gateway sessions logon venue --reason WHY"),
        "sessions logon {session} --reason WHY",
        ("{session} may log on",), a_session_that_is_out, becomes("READY"),
    ),
    Run(
        ("gateway sessions set-sequence", "gateway sessions set-sequence NAME --in N --out N"),
        "sessions set-sequence {session} --in 4711 --out 815 --reason WHY",
        ("{session}: next in 4711, next out 815",), a_session_that_is_out, becomes("4711"),
    ),
    Run(
        ("gateway sessions reset", "gateway sessions reset NAME"), "sessions reset {session} --reason WHY",
        ("{session} starts its sequences anew",), a_session, becomes("READY"),
    ),
    Run(
        ("gateway sessions add FILE",), "sessions add {file} --venue V-{session} --reason WHY",
        (r"add the session of {file}\?", "{session} is added"), a_session_file, becomes("READY"),
    ),
    Run(
        ("gateway sessions change", "gateway sessions change FILE"), "sessions change {file} --reason WHY",
        ("It logs out and on again", "{session} is changed"), a_changed_session_file, becomes("READY"),
    ),
    Run(
        ("gateway sessions remove NAME",), "sessions remove {session} --reason WHY",
        (r"remove it\?", "{session} is removed"), a_session, is_gone,
    ),
    Run(
        ("curl -s 127.0.0.1:7011/readyz",), "curl -s {monitor}/readyz",
        (r'(?s)"name": "projector",.*"status": "ok",.*"detail": "running, \d+ records behind"',
         r'"detail": ".*{session} is DISCONNECTED \(cannot connect to .*refused'),
        a_session_without_its_venue, is_removed,
    ),
    Run(
        ("gateway sessions reload", "gateway sessions reload --reason WHY"), "sessions reload --reason WHY",
        ("{session} +.*added|added.*{session}",), a_changed_configuration,
        lambda world, values: assert_in(world, "sessions", str(values["session"])),
    ),
)  # fmt: skip
