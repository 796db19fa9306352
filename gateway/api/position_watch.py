"""Positions as they are, and then those that have changed.

What a position shows depends on executions of every client of its account, on corrections, reference prices and
reservations. So what is sent is found by looking: where something was committed, the positions are read anew, and those
whose bytes differ from what was sent go out. Each is whole, so none can be missed for good.

Reading holds the engine's lock, so it is rare, however many watch: an account is read once for all of them, at most
every PAUSE_S, and never for more than a twentieth of the time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from google.protobuf.message import Message

from gateway.api.batch_size import FIRST_ROWS, BatchSize
from gateway.api.bell import Bell
from gateway.api.call import Call, Context
from gateway.api.core_port import Core
from gateway.api.event_stream import write
from gateway.api.off_loop import OffLoop
from gateway.api.resume import announce_journal
from gateway.api.rights import Caller
from gateway.api.streams import OpenStreams
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import types_pb2 as types

__all__ = ["PositionWatch", "visible_positions"]

PAUSE_S = 0.2
_PAUSE_FACTOR = 20
"""How much longer the pause is than the reading."""
_ROWS_MAX = 500

Key = tuple[str, str, str]


def _accounts(caller: Caller, account: str) -> list[str]:
    return sorted(caller.accounts & {account} if account else caller.accounts)


def visible_positions(core: Core, caller: Caller, account: str = "") -> bytes:
    """Read the positions that a caller may see, as the bytes of a ListPositionsResponse; of one account where given."""
    found = b"".join(core.positions(each) for each in _accounts(caller, account))
    if not caller.strategies:
        return found
    positions = queries.ListPositionsResponse.FromString(found).positions
    visible = [each for each in positions if caller.may_use(each.account, each.strategy)]
    return queries.ListPositionsResponse(positions=visible).SerializeToString()


@dataclass(frozen=True, slots=True)
class _Read:
    positions: Sequence[types.Position]
    as_of_lsn: int
    good_until_s: float


class _Reader:
    """Reads the positions of an account once for all who want them at a time."""

    def __init__(self, core: Core, off_loop: OffLoop) -> None:
        self._core = core
        self._off_loop = off_loop
        self._turn = asyncio.Lock()
        self._held: dict[str, _Read] = {}

    async def read(self, account: str) -> _Read:
        clock = asyncio.get_running_loop().time
        async with self._turn:
            held = self._held.get(account)
            as_of = self._core.committed_lsn()  # before the look: what is read has at least this
            if held is not None and (held.as_of_lsn == as_of or clock() < held.good_until_s):
                return held
            began_s = clock()
            data = await self._off_loop(lambda: self._core.positions(account))
            pause_s = max(PAUSE_S, _PAUSE_FACTOR * (clock() - began_s))
            positions = queries.ListPositionsResponse.FromString(data).positions
            read = _Read(positions, as_of, clock() + pause_s)
            self._held[account] = read
            return read


class PositionWatch:
    """Serves WatchPositions."""

    def __init__(self, core: Core, off_loop: OffLoop, bell: Bell, streams: OpenStreams) -> None:
        self._core = core
        self._reader = _Reader(core, off_loop)
        self._bell = bell
        self._streams = streams

    async def watch_positions(
        self, call: Call, request: queries.WatchPositionsRequest, context: Context
    ) -> None:
        """Send the positions that fit, and each again when it has changed."""

        async def work(_: asyncio.TaskGroup) -> None:
            await announce_journal(self._core, context)
            await self._send(call.caller, request, context)

        await self._streams.run(call.caller.client, work)

    async def _send(self, caller: Caller, request: queries.WatchPositionsRequest, context: Context) -> None:
        sent: dict[Key, bytes] = {}
        size = BatchSize(FIRST_ROWS, _ROWS_MAX)
        snapshot, beats = True, self._bell.beats
        while True:
            ring = self._bell.next_ring()
            changed, as_of = await self._changed(caller, request, sent)
            for part in _parts(changed, size):
                await write(context, _message(part, snapshot=snapshot))
                size.grow()
            if snapshot or changed or beats != self._bell.beats:
                beats = self._bell.beats
                await write(context, queries.WatchPositionsResponse(as_of_lsn=as_of).SerializeToString())
            snapshot = False
            if self._bell.arm(as_of):
                await self._bell.wait(ring)
            await asyncio.sleep(PAUSE_S)

    async def _changed(
        self, caller: Caller, request: queries.WatchPositionsRequest, sent: dict[Key, bytes]
    ) -> tuple[list[types.Position], int]:
        """Find positions that are other than what was sent, and note them as sent; also the lsn that this is as of."""
        changed, as_of = [], self._core.committed_lsn()
        for account in _accounts(caller, request.account):
            read = await self._reader.read(account)
            as_of = min(as_of, read.as_of_lsn)
            for position in read.positions:
                key = (position.account, position.strategy, position.instrument)
                if not caller.may_use(position.account, position.strategy) or not _fits(request, position):
                    continue
                bytes_now = position.SerializeToString(deterministic=True)
                if sent.get(key) != bytes_now:
                    sent[key] = bytes_now
                    changed.append(position)
        return changed, as_of


def _fits(request: queries.WatchPositionsRequest, position: types.Position) -> bool:
    return request.strategy in ("", position.strategy) and request.instrument in ("", position.instrument)


def _parts(positions: list[types.Position], size: BatchSize) -> Iterator[list[types.Position]]:
    """Cut into parts of the size that is allowed by the time each is asked for."""
    at = 0
    while at < len(positions):
        part = positions[at : at + size.now]
        at += len(part)
        yield part


def _message(positions: list[types.Position], *, snapshot: bool) -> bytes:
    message: Message = queries.WatchPositionsResponse(positions=positions, snapshot=snapshot)
    return message.SerializeToString()
