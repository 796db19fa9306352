"""`python -m ops.demo`: exit code 0 only where the gateway's books and the venue's agree."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from datetime import datetime
from pathlib import Path

from rich.console import Console

from gateway.client import GatewayError
from ops.demo.folder import make_folder
from ops.demo.processes import ChildError
from ops.demo.run import Options, run
from ops.demo.screen import Screen
from ops.demo.strategy import NotQuietError
from ops.demo.venues import VENUES

AGREE, DIFFER, INTERRUPTED = 0, 1, 130

PLAIN_WIDTH = 100
"""In a file or a pipe, which have no width of their own."""


def main() -> int:
    given = _parser().parse_args()
    console = Console()
    if not console.is_terminal:
        console = Console(width=PLAIN_WIDTH)
    folder = make_folder(given.folder, datetime.now())
    options = Options(given.venue, given.seconds, given.seed, folder)
    try:
        return AGREE if asyncio.run(_until_signal(options, Screen(console))) else DIFFER
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print(f"interrupted; what was done is in {folder}", highlight=False)
        return INTERRUPTED
    except (ChildError, NotQuietError, GatewayError, OSError, ExceptionGroup) as error:
        for leaf in _leaves(error):
            console.print(f"{type(leaf).__name__}: {leaf}", style="red", markup=False, highlight=False)
        console.print(f"logs are in {folder}", highlight=False)
        return DIFFER


async def _until_signal(options: Options, screen: Screen) -> bool:
    """Run; a signal ends the run in order, the other processes included."""
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    return await run(options, screen)


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in _leaves(inner)]
    return [error]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ops.demo", description=__doc__)
    parser.add_argument("--venue", choices=sorted(VENUES), default="sim", help="default: %(default)s")
    parser.add_argument(
        "--seconds", type=_seconds, default=10.0, help="how long to trade (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="of the strategy and the venue (default: %(default)s)"
    )
    parser.add_argument(
        "--folder", type=Path, default=Path("demo-run"), help="a folder a run (default: %(default)s)"
    )
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= 86_400:
        raise argparse.ArgumentTypeError(f"expected more than 0 and at most 86400 seconds, was {text}")
    return value


if __name__ == "__main__":
    sys.exit(main())
