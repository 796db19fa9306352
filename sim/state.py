"""Keep a venue's state over a restart by keeping its inputs.

The simulator is a function of its inputs: connections, bytes and ticks with their times, and what the venue's people
do. So the state directory holds no snapshot that could disagree with the code, but the inputs themselves, each written
before it is acted on: what a client has seen is always a consequence of what is in the file. A restart plays them
again.

A record is kind, time, connection and length, then the bytes. A record that was cut by the end of the process
is dropped: nothing followed from it. A recording that is replayed is kept beside the inputs, as it was read.
"""

import hashlib
import json
import os
import struct
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

from sim.commands import Command
from sim.config import Settings
from sim.exchange.amend import find_trade
from sim.ledger import Trade
from sim.phases import Phase
from sim.replay import Record
from sim.replay.files import read, write
from sim.simulator import Advanced, Simulator

__all__ = ["RecordedSimulator", "StateError", "open_recorded"]

_RECORD = struct.Struct("<cQII")
# kind, time, connection, bytes
_Record = tuple[bytes, int, int, bytes]
_CONNECTED, _RECEIVED, _DISCONNECTED, _TICK, _SHUTDOWN = b"C", b"R", b"D", b"T", b"S"
_BY_HAND = b"H"
"""What the venue's people did; the bytes are JSON: its name, then its arguments."""
_REPLAYED = "replayed.csv"


class StateError(Exception):
    """The directory cannot be used."""


@dataclass(frozen=True, slots=True)
class _Origin:
    """What a venue was made of; played inputs mean the same only in the same venue."""

    seed: int
    id_prefix: str
    started_at: int
    settings: str


class RecordedSimulator(Simulator):
    """A simulator that writes down each input first, into a file of `directory`."""

    def __init__(self, directory: Path, settings: Settings, seed: int, id_prefix: str, now: int) -> None:
        super().__init__(settings, seed, id_prefix, now)
        self._directory = directory
        self._inputs: BinaryIO | None = None

    def record_into(self, inputs: BinaryIO) -> None:
        """Begin to write; `inputs` must be unbuffered, so that a killed process has lost nothing."""
        self._inputs = inputs

    def connected(self, connection: int, now: int) -> list[Command]:
        self._record(_CONNECTED, now, connection)
        return super().connected(connection, now)

    def received(self, connection: int, data: bytes, now: int) -> list[Command]:
        self._record(_RECEIVED, now, connection, data)
        return super().received(connection, data, now)

    def disconnected(self, connection: int, now: int) -> list[Command]:
        self._record(_DISCONNECTED, now, connection)
        return super().disconnected(connection, now)

    def tick(self, now: int) -> list[Command]:
        self._record(_TICK, now)
        return super().tick(now)

    def shutdown(self, now: int) -> list[Command]:
        self._record(_SHUTDOWN, now)
        return super().shutdown(now)

    def announce(self, headline: str, lines: list[str], now: int) -> list[Command]:
        self._by_hand(now, "announce", headline, lines)
        return super().announce(headline, lines, now)

    def set_phase(self, symbol: str, phase: Phase, now: int) -> list[Command]:
        self._by_hand(now, "set_phase", symbol, phase.value)
        return super().set_phase(symbol, phase, now)

    def bust(self, trade: Trade, now: int) -> list[Command]:
        self._by_hand(now, "bust", trade.trade_id)
        return super().bust(trade, now)

    def correct(
        self, trade: Trade, now: int, quantity: Decimal | None = None, price: Decimal | None = None
    ) -> list[Command]:
        commands = super().correct(trade, now, quantity, price)  # first: it may refuse
        self._by_hand(
            now, "correct", trade.trade_id, *(None if v is None else str(v) for v in (quantity, price))
        )
        return commands

    def replay(
        self, records: Sequence[Record], now: int, speed: Decimal | None, *, waits: bool = False
    ) -> None:
        """Play a recording, or go on with it where the venue was. Raises StateError for another one."""
        if self.player is not None:
            if list(self.player.records) != list(records):
                text = "plays another recording; use that, or another directory"
                raise StateError(f"{self._directory}: {text}")
            self.resume_replay(now)
            return
        write(self._directory / _REPLAYED, records)
        self._by_hand(now, "replay", None if speed is None else str(speed), waits)
        super().replay(records, now, speed, waits=waits)

    def resume_replay(self, now: int) -> None:
        self._by_hand(now, "resume_replay")
        super().resume_replay(now)

    def advance(self, now: int) -> tuple[list[Command], Advanced]:
        self._by_hand(now, "advance")
        return super().advance(now)

    def _by_hand(self, now: int, name: str, *arguments: object) -> None:
        self._record(_BY_HAND, now, data=json.dumps([name, *arguments]).encode())

    def _record(self, kind: bytes, now: int, connection: int = 0, data: bytes = b"") -> None:
        if self._inputs is not None:
            self._inputs.write(_RECORD.pack(kind, now, connection, len(data)) + data)

    def play(self, records: Iterable[_Record]) -> None:
        """Take recorded inputs again. What they bring about was sent in an earlier life, and is dropped."""
        for kind, now, connection, data in records:
            if kind == _CONNECTED:
                super().connected(connection, now)
            elif kind == _RECEIVED:
                super().received(connection, data, now)
            elif kind == _DISCONNECTED:
                super().disconnected(connection, now)
            elif kind == _TICK:
                super().tick(now)
            elif kind == _SHUTDOWN:
                super().shutdown(now)
            elif kind == _BY_HAND:
                name, *arguments = json.loads(data)
                self._repeat(now, name, arguments)
            else:
                text = f"unknown record kind {kind!r}: made by another version, or damaged"
                raise StateError(f"{text}; use another directory")

    def _repeat(self, now: int, name: str, arguments: list[Any]) -> None:
        """Do again what was done by hand, from what JSON says of it."""
        if name == "announce":
            super().announce(arguments[0], arguments[1], now)
        elif name == "set_phase":
            super().set_phase(arguments[0], Phase(arguments[1]), now)
        elif name == "bust":
            super().bust(self._trade(arguments[0]), now)
        elif name == "correct":
            super().correct(self._trade(arguments[0]), now, *map(_decimal, arguments[1:]))
        elif name == "replay":
            records = read(self._directory / _REPLAYED)
            super().replay(records, now, _decimal(arguments[0]), waits=arguments[1])
        elif name == "resume_replay":
            super().resume_replay(now)
        elif name == "advance":
            super().advance(now)
        else:
            raise StateError(f"unknown act {name}: made by another version; use another directory")

    def _trade(self, trade_id: str) -> Trade:
        trade = find_trade(self.exchange, trade_id)
        assert trade is not None, f"trade {trade_id} was there when this was recorded"
        return trade


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def open_recorded(
    directory: Path, settings: Settings, seed: int, id_prefix: str, now: int
) -> RecordedSimulator:
    """Make a venue, or bring the one in `directory` back. Of a known venue, seed and prefix are its own."""
    digest = hashlib.sha256(settings.model_dump_json().encode()).hexdigest()
    origin_file, inputs_file = directory / "venue.json", directory / "inputs.bin"
    if origin_file.exists():
        origin = _Origin(**json.loads(origin_file.read_text()))
        if origin.settings != digest:
            text = "was made with another configuration; use that, or another directory"
            raise StateError(f"{directory}: {text}")
    else:
        directory.mkdir(parents=True, exist_ok=True)
        origin = _Origin(seed, id_prefix, now, digest)
        unfinished = origin_file.with_suffix(".new")
        unfinished.write_text(json.dumps(asdict(origin)) + "\n")
        os.replace(unfinished, origin_file)
    simulator = RecordedSimulator(directory, settings, origin.seed, origin.id_prefix, origin.started_at)
    with inputs_file.open("a+b") as inputs:
        inputs.seek(0)
        whole = 0
        records = []
        while (record := _read(inputs)) is not None:
            records.append(record)
            whole = inputs.tell()
        inputs.truncate(whole)
    simulator.play(records)
    simulator.record_into(inputs_file.open("ab", buffering=0))
    # The end of the process ended these connections, and the next life must be able to see it.
    for connection in simulator.open_connections:
        simulator.disconnected(connection, now)
    return simulator


def _read(inputs: BinaryIO) -> _Record | None:
    head = inputs.read(_RECORD.size)
    if len(head) < _RECORD.size:
        return None
    kind, now, connection, length = _RECORD.unpack(head)
    data = inputs.read(length)
    return None if len(data) < length else (kind, now, connection, data)
