"""One run of the demo: start a venue and the gateway, trade, finish, compare, and stop everything."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.client import AsyncClient, SessionState
from ops.demo.comparison import Comparison, compare
from ops.demo.configuration import ACCOUNT, CLIENT, INSTRUMENTS, write_configuration
from ops.demo.processes import Child, ChildError, python
from ops.demo.record import Record
from ops.demo.screen import Screen
from ops.demo.strategy import Strategy
from ops.demo.venues import RunningVenue, listening, start_venue

__all__ = ["Options", "compare_when_quiet", "ready_of", "run", "start_gateway"]

FINISH_TIMEOUT_S = 15.0
AGREE_TIMEOUT_S = 5.0
SEGMENT_SIZE = "16MiB"
"""Several runs are kept, and each segment is taken ahead."""


@dataclass(frozen=True)
class Options:
    """What a run is asked to do."""

    venue: str
    seconds: float
    seed: int
    folder: Path


async def run(options: Options, screen: Screen) -> bool:
    """Run the demo; whether the books agree. Raises ChildError, NotQuietError, GatewayError."""
    folder = options.folder
    screen.opens(options.venue, options.seconds, options.seed, folder)
    async with start_venue(options.venue, folder, options.seed) as venue_child:
        venue = await listening(options.venue, venue_child)
        screen.venue_listens(venue)
        configuration = write_configuration(folder, venue.terms, segment_size=SEGMENT_SIZE)
        async with start_gateway(configuration) as gateway_child:
            ready = await ready_of(gateway_child, folder)
            screen.gateway_listens(ready, gateway_child.log)
            try:
                async with asyncio.TaskGroup() as group:
                    watching = group.create_task(_fail_at_the_end_of(venue_child, gateway_child))
                    comparison, record = await _trade(options, ready["api"], venue, screen)
                    watching.cancel()
            except Exception:
                for child in (venue_child, gateway_child):
                    screen.shows_log(child)
                raise
    screen.stopped(gateway_child, venue_child)
    for child in (gateway_child, venue_child):
        if child.exit_code != 0:
            screen.shows_log(child)
            comparison.differences.append(f"{child.name} ended with code {child.exit_code}, expected 0")
    screen.results(comparison, record)
    screen.verdict(comparison, folder)
    return not comparison.differences


def start_gateway(configuration: Path, environment: Mapping[str, str] | None = None) -> Child:
    """Start `gateway run`; its log is beside its configuration."""
    command = python("gateway.cli", "run", "-c", configuration)
    return Child("gateway", command, configuration.parent / "gateway.log", environment)


async def ready_of(gateway: Child, folder: Path) -> dict[str, Any]:
    """Wait until the gateway listens, and give what its ready file says. Raises ChildError."""
    path = folder / "journal" / "run.json"

    def look() -> dict[str, Any] | None:
        with suppress(FileNotFoundError):
            ready: dict[str, Any] = json.loads(path.read_text())
            if ready["pid"] == gateway.pid:  # one that was killed leaves its own behind
                return ready
        return None

    return await gateway.wait_for(look, "it listens")


async def _trade(
    options: Options, api: str, venue: RunningVenue, screen: Screen
) -> tuple[Comparison, Record]:
    record = Record()
    async with AsyncClient(api, client=CLIENT, account=ACCOUNT, strategy="demo") as gateway:
        await _session_ready(gateway, screen)
        strategy = Strategy(gateway, INSTRUMENTS, options.seed, record)
        async with asyncio.TaskGroup() as group:
            following = group.create_task(strategy.follow())
            stop = asyncio.Event()
            trading = group.create_task(strategy.run(stop))
            await screen.progress(options.seconds, record, trading)
            stop.set()
            await trading
            open_orders = len(await gateway.list_orders(open_only=True))
            await screen.while_(
                f"cancelling {open_orders} open orders, waiting for the venue's answers",
                strategy.finish(FINISH_TIMEOUT_S),
            )
            comparison = await screen.while_(
                "comparing the books", compare_when_quiet(gateway, venue, record, AGREE_TIMEOUT_S)
            )
            following.cancel()
    return comparison, record


async def compare_when_quiet(
    gateway: AsyncClient, venue: RunningVenue, record: Record, timeout_s: float
) -> Comparison:
    """Compare until the books agree or the time is over; the last comparison.

    Nothing is open any more, but what was sent last may still be on its way to one of the books.
    """
    clock = asyncio.get_running_loop().time
    end = clock() + timeout_s
    while True:
        comparison = compare(
            await gateway.list_orders(), await gateway.positions(), record, await venue.ledger()
        )
        if not comparison.differences or clock() > end:
            return comparison
        await asyncio.sleep(0.1)


async def _fail_at_the_end_of(*children: Child) -> None:
    """Raise ChildError as soon as one of them ends: none has a reason to while the strategy trades."""
    while True:
        for child in children:
            if child.exit_code is not None:
                raise ChildError(f"{child.name} ended with code {child.exit_code} in the middle of the run")
        await asyncio.sleep(0.1)


async def _session_ready(gateway: AsyncClient, screen: Screen) -> None:
    started = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(20):
            while True:
                (session,) = await gateway.sessions()
                if session.state is SessionState.READY:
                    break
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise ChildError(
            f"the session with the venue is {session.state} ({session.reason}) and not READY after 20 s"
        ) from None
    screen.session_ready(session, asyncio.get_running_loop().time() - started)
