"""`gateway demo`: the bundled simulator, a gateway and a client that trades, each a process as in earnest, for a time.

At the end the books are compared: every order has ended, and the positions are what the executions come to. Both
processes are stopped in every case.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.options import DEFAULT_CONFIG, Json, load_or_fail
from gateway.cli.output import print_json, print_table
from gateway.client import Client, ExecType, Position, SessionState, Side
from gateway.config.settings import InstrumentSettings
from gateway.config.template import TEMPLATE

__all__ = ["register"]

_START_S = 60.0
_SETTLE_S = 30.0
_PAUSE_S = 0.05
_STOP_S = 30.0
_CLIENT, _ACCOUNT, _STRATEGY = "demo", "DEMO", "demo"
_READY_FILE = "ready.json"


@dataclass(frozen=True)
class Outcome:
    """What a demo came to."""

    seconds: float
    orders: int
    fills: int
    denied: int
    open_orders: int
    """Not ended when it was over; 0 if all is well."""
    differences: list[str]
    """Positions that are not what the executions come to; none if all is well."""
    folder: str


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(_demo)


def _demo(
    directory: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]", help="Folder for configuration, journal and logs; else one that goes away."
        ),
    ] = None,
    seconds: Annotated[
        float, typer.Option("--seconds", min=1, max=3600, help="How long the client trades.")
    ] = 10.0,
    as_json: Json = False,
) -> None:
    """See a gateway trade: starts the simulator and a gateway on free ports, trades, and compares the books.

    It needs nothing else and leaves nothing behind but DIR. Exit code 0: every order ended, and the positions are what
    the executions come to; 1 else.
    """
    with ExitStack() as parts:
        folder = directory or Path(parts.enter_context(tempfile.TemporaryDirectory(prefix="gateway-demo-")))
        configuration = folder / DEFAULT_CONFIG
        if configuration.exists():
            raise CommandFailure(f"{configuration} exists already; choose another folder", ExitCode.USAGE)
        folder.mkdir(parents=True, exist_ok=True)
        venue_port = parts.enter_context(_simulator(folder))
        configuration.write_text(_configuration(venue_port))
        address = parts.enter_context(_gateway(folder, configuration))
        say = _silent if as_json else print
        say(f"simulator on 127.0.0.1:{venue_port}, gateway on {address}, trading for {seconds:g} s")
        instruments = load_or_fail(configuration).instruments
        outcome, positions = _trade(address, instruments, seconds, str(folder))
    if as_json:
        print_json(asdict(outcome))
    else:
        _show(outcome, positions, kept=directory is not None)
    if outcome.open_orders or outcome.differences:
        raise CommandFailure("the books do not agree: see above")


def _silent(text: str) -> None:
    """Say nothing: programs read the outcome alone."""


def _configuration(venue_port: int) -> str:
    """Give what `gateway init` writes, at this simulator and on free ports."""
    text = TEMPLATE.replace("port: 9878", f"port: {venue_port}")
    return re.sub(r"bind: 127\.0\.0\.1:\d+", "bind: 127.0.0.1:0", text)


@contextmanager
def _process(words: list[str], log: Path, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m ...`, and stop it at the end; by force where it does not."""
    with log.open("wb") as file:
        process = subprocess.Popen([sys.executable, "-m", *words], stdout=file, stderr=file)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            print(f"gateway: {name} did not stop within {_STOP_S:g} s and was killed", file=sys.stderr)


@contextmanager
def _simulator(folder: Path) -> Iterator[int]:
    port_file = folder / "sim.port"
    port_file.unlink(missing_ok=True)
    words = ["sim", "--port", "0", "--http-port", "0", "--port-file", str(port_file)]
    with _process(words, folder / "sim.log", "the simulator") as process:
        _wait(lambda: port_file.exists() and bool(port_file.read_text()), process, folder / "sim.log")
        yield int(port_file.read_text())


@contextmanager
def _gateway(folder: Path, configuration: Path) -> Iterator[str]:
    ready = folder / _READY_FILE
    words = ["gateway.cli", "run", "-c", str(configuration), "--ready-file", str(ready)]
    with _process(words, folder / "gateway.log", "the gateway") as process:
        _wait(ready.exists, process, folder / "gateway.log")
        yield json.loads(ready.read_text())["api"]


def _wait(condition: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_S
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            raise CommandFailure(f"it did not start:\n{log.read_text(errors='replace')[-2000:]}")
        time.sleep(_PAUSE_S)


def _trade(
    address: str, instruments: Sequence[InstrumentSettings], seconds: float, folder: str
) -> tuple[Outcome, list[Position]]:
    with Client(address, client=_CLIENT, account=_ACCOUNT, strategy=_STRATEGY) as client:
        _wait_ready(client)
        began = time.monotonic()
        turn = denied = 0
        while time.monotonic() < began + seconds:
            instrument = instruments[turn % len(instruments)]
            side = Side.BUY if turn % 2 else Side.SELL
            through = Decimal("1.01") if side is Side.BUY else Decimal("0.99")
            # Every third rests where nobody will trade with it, and is canceled at the end.
            price = _price(instrument, through if turn % 3 else 2 - through)
            quantity = max(Decimal(100), instrument.lot_size)
            denied += client.submit(instrument.symbol, side, quantity, price=price).denied
            turn += 1
            time.sleep(_PAUSE_S)
        client.cancel_orders()
        return _outcome(client, time.monotonic() - began, denied, folder)


def _wait_ready(client: Client) -> None:
    deadline = time.monotonic() + _START_S
    while not all(session.state is SessionState.READY for session in client.sessions()):
        if time.monotonic() > deadline:
            raise CommandFailure("the session with the simulator did not come up")
        time.sleep(_PAUSE_S)


def _price(instrument: InstrumentSettings, factor: Decimal) -> Decimal:
    assert instrument.reference_price is not None  # the template's have one
    return instrument.reference_price * factor // instrument.tick_size * instrument.tick_size


def _outcome(client: Client, seconds: float, denied: int, folder: str) -> tuple[Outcome, list[Position]]:
    deadline = time.monotonic() + _SETTLE_S
    while client.list_orders(open_only=True) and time.monotonic() < deadline:
        time.sleep(_PAUSE_S)
    orders = client.list_orders()
    fills = client.list_executions(exec_types=[ExecType.TRADE])
    booked: dict[str, Decimal] = defaultdict(Decimal)
    for fill in fills:
        booked[fill.instrument] += fill.last_quantity * (1 if fill.side is Side.BUY else -1)
    positions = client.positions(_ACCOUNT)
    held = {position.instrument: position.net_quantity for position in positions}
    differences = [
        f"{instrument}: position {held.get(instrument, 0)}, executions {booked[instrument]}"
        for instrument in sorted({*held, *booked})
        if held.get(instrument, Decimal(0)) != booked[instrument]
    ]
    outcome = Outcome(
        seconds=round(seconds, 1),
        orders=len(orders),
        fills=len(fills),
        denied=denied,
        open_orders=sum(order.is_open for order in orders),
        differences=differences,
        folder=folder,
    )
    return outcome, positions


def _show(outcome: Outcome, positions: list[Position], *, kept: bool) -> None:
    rows: list[tuple[Any, ...]] = [
        (each.instrument, str(each.net_quantity), str(each.average_price or ""), str(each.realized_profit))
        for each in positions
    ]
    print_table(("instrument", ">net", ">average", ">realized"), rows, empty="nothing traded")
    print(
        f"{outcome.orders} orders in {outcome.seconds:g} s, {outcome.fills} fills, {outcome.denied} denied,"
        f" {outcome.open_orders} not ended"
    )
    for difference in outcome.differences:
        print(f"differs: {difference}")
    if not outcome.differences and not outcome.open_orders:
        print("every order ended, and the positions are what the executions come to")
    if kept:
        print(
            f"look further: gateway orders, tail, journal dump ... with -c {outcome.folder}/{DEFAULT_CONFIG}"
        )
