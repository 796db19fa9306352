"""Whether an hour of background trading leaves memory flat: `python -m tests.bench.sim_memory [--minutes 60]`.

Virtual time, so an hour takes some minutes. Prints the resident size after each tenth of the time.
"""

import argparse
import resource

from sim.config.load import parse
from sim.simulator import Simulator
from sim.wire import SECOND

_START = 1_767_268_800 * SECOND


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=60, help="virtual minutes (default: %(default)s)")
    minutes = parser.parse_args().minutes
    simulator = Simulator(parse("", "defaults"), seed=1, id_prefix="M", now=_START)
    now = _START
    for tenth in range(1, 11):
        end = _START + minutes * 60 * SECOND * tenth // 10
        while (due := simulator.due_at()) is not None and due <= end:
            now = max(now, due)
            simulator.tick(now)
        resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        trades = sum(position.trades for position in simulator.ledger.positions.values()) // 2
        print(f"{minutes * tenth / 10:6.1f} min  {trades:10,} trades  {resident:8.1f} MiB at most")


if __name__ == "__main__":
    main()
