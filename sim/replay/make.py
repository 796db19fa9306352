"""Record the simulator's own background trading: `python -m sim.replay.make FILE --seconds 60 --seed 7`."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from sim.config import load
from sim.replay.files import write
from sim.replay.record import Record
from sim.replay.recorder import Recorder
from sim.simulator import Simulator
from sim.wire import SECOND

__all__ = ["main", "record"]

_START = 1_767_268_800 * SECOND  # 2026-01-01 12:00


def record(simulator: Simulator, now: int, seconds: int) -> Iterator[Record]:
    """Let virtual time pass, and give what happens."""
    recorder = Recorder(simulator.exchange)
    end = now + seconds * SECOND
    while (due := simulator.due_at()) is not None and due <= end:
        now = max(due, now)
        simulator.tick(now)
        yield from recorder.take(now)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m sim.replay.make", description=__doc__)
    parser.add_argument("file", type=Path, help="CSV file to write")
    parser.add_argument("--config", type=Path, metavar="FILE", help="configuration of symbols and liquidity")
    parser.add_argument(
        "--seconds", type=int, default=60, help="virtual time to record (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="seed of the background traders (default: %(default)s)"
    )
    options = parser.parse_args(arguments)
    simulator = Simulator(load(options.config), options.seed, "R", _START)
    print(f"{write(options.file, record(simulator, _START, options.seconds))} records in {options.file}")


if __name__ == "__main__":
    main()
