"""`python -m sim`: read the options, wire the parts together, run until told to stop."""

import argparse
import asyncio
import json
import logging
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path

from sim import http, profiles
from sim.certify.cli import certify_command
from sim.config import ConfigError, Settings, load
from sim.control.ctl import ctl
from sim.control.service import serve as serve_control
from sim.ledger import Ledger
from sim.replay import Record
from sim.replay.cli import recordings
from sim.replay.files import RecordingError, read
from sim.scenario import Play, draw_from, load_scenario, make_layer, verdict_of
from sim.scenario.cli import scenarios
from sim.server import Server, install_signals
from sim.simulator import Simulator
from sim.state import RecordedSimulator, StateError, open_recorded

__all__ = ["main"]

_log = logging.getLogger("sim")
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_EPILOG = """\
On start one line on stdout says where it listens: "listening on 127.0.0.1:PORT"; with --http-port a
second one says "http on 127.0.0.1:PORT", with --control-port another one "control on ADDRESS:PORT".
SIGTERM or SIGINT: orderly logout, ledger written, exit 0.
SIGUSR1: ledger written.

other commands, each with its own --help:
  python -m sim scenarios   list, show or check scenarios
  python -m sim certify     certify a FIX connection, with a report
  python -m sim ctl         faults for a simulator that runs, and what the people of its venue do
  python -m sim recordings  make, check or convert recordings for --replay

examples:
  python -m sim --port 9878 --config venue.yaml --ledger ledger.json --http-port 9879 --seed 7
  python -m sim --port 9878 --scenario fill-before-ack --until-verdict
"""

# Exit codes: 0 in order, 1 the start failed, 2 a faulty file or command line.
_VERDICT_FAILED = 3

_COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "certify": certify_command,
    "ctl": ctl,
    "recordings": recordings,
    "scenarios": scenarios,
}


def main(arguments: Sequence[str] | None = None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    if given and given[0] in _COMMANDS:
        return _COMMANDS[given[0]](given[1:])
    options = _parser().parse_args(given)
    logging.basicConfig(
        level=options.log_level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s"
    )
    try:
        settings = _settings(options)
        if options.replay_speed is None and options.control_port is None:
            raise ConfigError("--replay-speed on-demand needs --control-port: that is where it is demanded")
        records = None if options.replay is None else read(options.replay)
        return asyncio.run(_run(settings, options, records))
    except (ConfigError, RecordingError, StateError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error}; see --help for the option that it belongs to", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sim",
        description="An exchange simulator: a FIX acceptor (4.2, 4.4, 5.0 SP2) with books and liquidity.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--port", type=_port, required=True, help="TCP port for FIX; 0 lets the system choose")
    add("--bind", default="127.0.0.1", metavar="ADDRESS", help="address to listen on (default: %(default)s)")
    add("--port-file", type=Path, metavar="FILE", help="write the FIX port into FILE once it listens")
    add("--config", type=Path, metavar="FILE", help="YAML configuration; see docs/simulator.md")
    add(
        "--profile",
        metavar="NAME",
        help=f"act like a venue: {', '.join(profiles.names())}; --config goes over it",
    )
    add(
        "--replay",
        type=Path,
        metavar="FILE",
        help="play recorded quotes and trades (CSV or .parquet) instead of background traders",
    )
    add(
        "--replay-speed",
        type=_speed,
        default=Decimal(1),
        metavar="N|on-demand",
        help="recorded seconds a second (default: 1), or each step when `ctl advance` asks for it",
    )
    add(
        "--replay-start",
        choices=("now", "order"),
        default="now",
        help="begin at once, or with the first order that comes (default: %(default)s)",
    )
    add("--sender", metavar="COMPID", help="own CompID, or * to answer to any (default: SIM)")
    add("--seed", type=int, help="seed of the background liquidity (default: drawn, and logged)")
    add("--id-prefix", metavar="TEXT", help="prefix of OrderID and ExecID (default: from the start time)")
    add("--no-liquidity", action="store_true", help="no background traders: only what counterparties send")
    add("--scenario", metavar="NAME|FILE", help="faults: of the catalogue, or a file that ends in .yaml")
    add("--verdict", type=Path, metavar="FILE", help="write the scenario's verdict as JSON at exit")
    add("--until-verdict", action="store_true", help="end as soon as the scenario is decided")
    add(
        "--control-port", type=_port, metavar="N", help="take faults, busts, news and more by gRPC; see `ctl`"
    )
    add(
        "--control-bind",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="anybody there can do anything (default: %(default)s)",
    )
    add("--state", type=Path, metavar="DIR", help="keep orders, ledger and sessions over a restart in DIR")
    add("--ledger", type=Path, metavar="FILE", help="write the ledger as JSON at exit and on SIGUSR1")
    add(
        "--http-port",
        type=_port,
        metavar="N",
        help="serve GET /ledger and GET /health on 127.0.0.1; 0 chooses",
    )
    add(
        "--log-level",
        default="info",
        choices=("debug", "info", "warning", "error"),
        help="(default: %(default)s)",
    )
    return parser


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"a port is 0 to 65535, was {text}")
    return int(text)


def _speed(text: str) -> Decimal | None:
    if text == "on-demand":
        return None
    try:
        speed = Decimal(text)
    except InvalidOperation:
        speed = Decimal(0)
    if not speed.is_finite() or speed <= 0:
        raise argparse.ArgumentTypeError(f"a speed is a number above 0, or on-demand, was {text}")
    return speed


def _settings(options: argparse.Namespace) -> Settings:
    settings = load(options.config, options.profile)
    if options.sender:
        session = settings.session.model_copy(update={"sender_comp_id": options.sender})
        settings = settings.model_copy(update={"session": session})
    if options.no_liquidity or options.replay is not None:
        liquidity = settings.liquidity.model_copy(update={"enabled": False})
        settings = settings.model_copy(update={"liquidity": liquidity})
    return settings


async def _run(
    settings: Settings, options: argparse.Namespace, records: Sequence[Record] | None = None
) -> int:
    now = time.time_ns()
    seed = options.seed if options.seed is not None else int.from_bytes(os.urandom(4), "big")
    prefix = options.id_prefix or _prefix(now)
    simulator = (
        Simulator(settings, seed, prefix, now)
        if options.state is None
        else open_recorded(options.state, settings, seed, prefix, now)
    )
    if records is not None:
        waits = options.replay_start == "order"
        simulator.replay(records, now, options.replay_speed, waits=waits)
    elif isinstance(simulator, RecordedSimulator):
        simulator.resume_replay(now)
    play = _play(simulator, options)
    server = Server(simulator if play is None else play.layer)
    stop = asyncio.Event()

    def dump() -> None:
        if options.ledger is None:
            return
        try:
            write_ledger(simulator.ledger, options.ledger)
        except OSError as error:
            _log.error("the ledger was not written: %s", error)  # while trading, that is no reason to stop

    install_signals(asyncio.get_running_loop(), stop, dump)
    port = await server.start(options.bind, options.port)
    endpoint = None
    if options.http_port is not None:
        endpoint = await http.serve(server.simulator, "127.0.0.1", options.http_port, play)
    _log.info("seed %d, ids start with %s", simulator.seed, simulator.exchange.ids.prefix)
    print(f"listening on {options.bind}:{port}", flush=True)
    if endpoint is not None:
        print(f"http on 127.0.0.1:{endpoint.sockets[0].getsockname()[1]}", flush=True)
    control = None
    if options.control_port is not None:
        assert play is not None
        where = options.control_bind
        address, faults = f"{where}:{options.control_port}", options.state is None
        control, control_port = await serve_control(play, server, address, faults=faults)
        print(f"control on {where}:{control_port}", flush=True)
    if options.port_file is not None:
        _write_whole(options.port_file, f"{port}\n")
    if options.until_verdict and play is not None:
        server.after_each = lambda: stop.set() if verdict_of(play).passed is not None else None
    await stop.wait()
    await server.stop()
    if control is not None:
        await control.stop(None)
    if endpoint is not None:
        endpoint.close()
    if options.ledger is not None:
        write_ledger(simulator.ledger, options.ledger)
    return 0 if play is None or options.scenario is None else _judge(play, options)


def _play(simulator: Simulator, options: argparse.Namespace) -> Play | None:
    if options.scenario is None and options.control_port is None:
        return None
    if options.state is not None and options.scenario is not None:
        raise ConfigError("--state does not go with --scenario: what a script did is in no state")
    scenario = None if options.scenario is None else load_scenario(options.scenario)
    return make_layer(simulator, scenario, draw_from(simulator.seed))


def _judge(play: Play, options: argparse.Namespace) -> int:
    verdict = verdict_of(play, final=True)
    if options.verdict is not None:
        _write_whole(options.verdict, json.dumps(verdict.as_json(), indent=1) + "\n")
    print(verdict.text, flush=True)
    return 0 if verdict.passed else _VERDICT_FAILED


def write_ledger(ledger: Ledger, path: Path) -> None:
    _write_whole(path, json.dumps(ledger.as_json(), indent=1) + "\n")


def _write_whole(path: Path, text: str) -> None:
    """Write so that a reader sees the old content or the new, and never a part."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        file.write(text)
    os.replace(file.name, path)


def _prefix(now: int) -> str:
    """Give the start time in milliseconds, to base 36: later runs never share a prefix with earlier ones."""
    number, text = now // 1_000_000, ""
    while number:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
    return text
