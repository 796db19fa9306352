"""What the commands that pages name are run on: a gateway that trades, with a second person and a spare venue."""

from __future__ import annotations

import itertools
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.integration.cli.processes import (
    RunningGateway,
    readiness,
    running_gateway,
    simulator,
    simulator_process,
    wait_until,
    write_config,
)
from tests.integration.cli.submit import submit
from tests.unit.cli.cli_runner import Result
from tests.unit.cli.cli_runner import gateway as cli

__all__ = ["SESSION", "Run", "World", "assert_in", "prepared_world"]

DEMO = "    rights: [read, trade, cancel, risk, admin]"
DESKS = "".join(
    f"  - name: {name}\n    accounts: [DEMO]\n    rights: [read, risk]\n" for name in ("desk-1", "desk-2")
)
SESSION = """\
name: {name}
begin_string: FIX.4.4
sender_comp_id: GW-{name}
target_comp_id: SIM
host: 127.0.0.1
port: {port}
"""
DOUBT = "  - name: doubt\n" + "".join(
    f"    {line}\n" for line in SESSION.format(name="doubt", port="{port}").splitlines()[1:]
)


@dataclass
class World:
    """The gateway, the folder of its configuration, which is the current one, and a venue that can be stopped."""

    running: RunningGateway
    sim_port: int
    doubt: subprocess.Popen[bytes]
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def folder(self) -> Path:
        return self.running.folder

    def number(self) -> int:
        """A number that nothing here has had before."""
        return next(self._numbers)

    def cli(self, *words: object) -> Result:
        """Run a command of the preparation; it has to succeed."""
        result = cli(*words)
        assert result.code == 0, f"gateway {' '.join(map(str, words))}\n{result.out}{result.err}"
        return result

    def order(self, price: str = "175.00", **terms: Any) -> int:
        """Submit an order that rests at the venue; gives its id once it works there."""
        mine = f"named-{self.number()}"
        order_id = int(submit(self.running.ready["api"], mine, price=price, **terms).order_id)
        wait_until(lambda: "NEW" in self.cli("order", mine).out, "order works")
        return order_id

    def write(self, name: str, text: str) -> str:
        """Write a file into the current folder; gives its name."""
        (self.folder / name).write_text(text)
        return name

    def session(self, more: str = "") -> str:
        """Add a session to a venue of its own, with `more` settings, and wait until it is up; gives its name."""
        name = f"extra-{self.number()}"
        file = self.write(f"{name}.yaml", SESSION.format(name=name, port=self.sim_port) + more)
        self.cli("sessions", "add", file, "--venue", f"V-{name}", "--reason", "test", "--yes")
        wait_until(lambda: "READY" in self.cli("sessions", "show", name).out, f"session {name} is ready")
        return name

    def copy(self) -> Path:
        """Copy configuration, journal and database as they are now into a folder beside them."""
        place = self.folder.parent / f"copy-{self.number()}"
        shutil.copytree(self.folder, place)
        return place


def assert_in(world: World, words: str, expression: str) -> None:
    """Assert that a command shows what an expression describes."""
    shown = world.cli(*words.split()).out
    assert re.search(expression, shown), shown


def nothing(_: World) -> dict[str, object]:
    return {}


@dataclass(frozen=True)
class Run:
    """How a command that pages name is run, and what has to come of it."""

    shown: tuple[str, ...]
    """The command as pages show it, placeholders and all."""
    words: str
    """The same, with {names} for what `prepare` gives, and what the page leaves out."""
    says: tuple[str, ...]
    """Expressions that the output has to have, as the pages describe it."""
    prepare: Callable[[World], dict[str, object]] = nothing
    after: Callable[[World, dict[str, object]], None] = lambda world, values: None
    """Looks at what has become of it, and puts back what others would trip over."""
    codes: tuple[int, ...] = (0,)
    typed: str = "y\n"


@contextmanager
def prepared_world(folder: Path) -> Iterator[World]:
    """Start two venues and the gateway, have it trade a little."""
    for name in ("venue", "doubt"):
        (folder / name).mkdir()
    with simulator(folder / "venue") as port, simulator_process(folder / "doubt") as (doubt, doubt_port):
        place = folder / "gateway"
        write_config(place, port, "GW-NAMED")
        config = place / "gateway.yaml"
        text = config.read_text()
        rights = next(line for line in text.splitlines(keepends=True) if line.startswith(DEMO))
        text = text.replace(rights, rights + DESKS)
        text = text.replace(
            "venues:\n", f"{DOUBT.format(port=doubt_port)}\nvenues:\n  - name: DOUBT\n    session: doubt\n"
        )
        text = text.replace("{symbol: MSFT, venue: SIM,", "{symbol: MSFT, venue: DOUBT,")
        config.write_text(text + "\nreporting: {base_currency: USD}\n")
        with running_gateway(place) as running:
            world = World(running, port, doubt)
            wait_until(
                lambda: cli("sessions", "-c", config).out.count("READY") == 2, "both sessions are ready"
            )
            wait_until(lambda: "running," in readiness(running.ready["monitor"]), "the projector runs")
            try:
                yield world
            finally:
                doubt.send_signal(signal.SIGCONT)
