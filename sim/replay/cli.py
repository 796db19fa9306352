"""`python -m sim recordings`: make recordings, look at them, and turn CSV into Parquet and back."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sim.config import ConfigError, load
from sim.replay.files import RecordingError, read, write
from sim.replay.make import START, record
from sim.replay.record import Kind
from sim.simulator import Simulator
from sim.wire import format_utc

__all__ = ["recordings"]

_EPILOG = """\
A recording is CSV, or Parquet where the name ends in .parquet (which needs pyarrow: pip install
'fixgateway[parquet]'). Both play to the same bytes. The columns: docs/simulator.md, Replay.

examples:
  python -m sim recordings make day.csv --seconds 600 --seed 7
  python -m sim recordings convert day.csv day.parquet
  python -m sim recordings check day.parquet
  python -m sim --port 9878 --replay day.parquet --replay-speed 10
"""


def recordings(arguments: Sequence[str]) -> int:
    """Run the command; gives the exit code."""
    options = _parser().parse_args(arguments)
    try:
        print(_COMMANDS[options.command](options))
    except (ConfigError, RecordingError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error}; name a file that can be written", file=sys.stderr)
        return 1
    return 0


def _make(options: argparse.Namespace) -> str:
    simulator = Simulator(load(options.config), options.seed, "R", START)
    count = write(options.file, record(simulator, START, options.seconds))
    return f"{count} records in {options.file}"


def _convert(options: argparse.Namespace) -> str:
    return f"{write(options.target, read(options.source))} records in {options.target}"


def _check(options: argparse.Namespace) -> str:
    records = read(options.file)
    trades = sum(one.kind is Kind.TRADE for one in records)
    symbols = sorted({one.symbol for one in records})
    return "\n".join(
        [
            f"{options.file}: {len(records)} records: {len(records) - trades} quotes, {trades} trades",
            f"from     {format_utc(records[0].at)}",
            f"to       {format_utc(records[-1].at)}",
            f"symbols  {', '.join(symbols)}",
        ]
    )


_COMMANDS = {"make": _make, "convert": _convert, "check": _check}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sim recordings",
        description="Recorded quotes and trades for --replay.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    make = commands.add_parser("make", help="record the simulator's own background trading")
    make.add_argument("file", type=Path, help="file to write")
    make.add_argument("--config", type=Path, metavar="FILE", help="configuration of symbols and liquidity")
    make.add_argument("--seconds", type=int, default=60, help="virtual time to record (default: %(default)s)")
    make.add_argument("--seed", type=int, default=1, help="of the background traders (default: %(default)s)")
    convert = commands.add_parser("convert", help="write a recording anew as the other kind of file")
    convert.add_argument("source", type=Path)
    convert.add_argument("target", type=Path)
    check = commands.add_parser("check", help="say what is in a recording, or what is wrong with it")
    check.add_argument("file", type=Path)
    return parser
