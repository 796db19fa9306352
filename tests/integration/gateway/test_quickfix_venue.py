"""QuickFIX as the venue, in all three versions: what we send passes its validation, and its books are ours."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.client import ExecType
from gateway.core._core import RecordKind
from ops.demo.configuration import INSTRUMENTS, SessionTerms
from ops.demo.record import Record
from tests.integration.gateway.test_kill import (
    check_books,
    check_each_order_sent_once,
    check_events,
    check_sequence_numbers,
    trading,
    when_agreed,
)
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import Gateway, QuickfixVenue, session_ready, stop_all

pytestmark = [pytest.mark.interop, pytest.mark.slow]

VERSIONS = {"FIX.4.2": None, "FIX.4.4": None, "FIXT.1.1": "FIX.5.0SP2"}
EXEC_TYPES = {ExecType.NEW, ExecType.TRADE, ExecType.REPLACED, ExecType.CANCELED, ExecType.REJECTED}
KILLS = 3
OUTCOMES_TIMEOUT_S = 60.0
"""The venue rejects one order in fifty by chance; on a busy machine it takes a while until one was sent."""


@pytest.mark.parametrize("begin_string", VERSIONS)
async def test_quickfix_agrees_on_everything_also_after_kills(tmp_path: Path, begin_string: str) -> None:
    """Logon, orders, fills, cancels, replaces, rejects; and what was missed while the gateway was dead."""
    venue = QuickfixVenue(tmp_path, "--begin-string", begin_string)
    terms = SessionTerms("QUICKFIX", venue.port, begin_string, VERSIONS[begin_string])
    gateway = Gateway(tmp_path, terms)
    try:
        await venue.start()
        await gateway.start()
        async with trading(gateway, 1) as (client, strategy, record, stop):
            for _ in range(KILLS):
                await session_ready(client)
                await asyncio.sleep(1)
                gateway.kill()
                await asyncio.sleep(0.3)  # resting orders trade meanwhile, and nobody is there to hear of it
                await gateway.start()
            await session_ready(client)
            everything = "every kind of report, a replace, and a fill of each instrument"
            await eventually(lambda: seen_everything(record), everything, OUTCOMES_TIMEOUT_S)
            stop.set()
            await strategy.finish(20)
            found = await when_agreed(client, venue, record)
        check_books(found)
        check_sequence_numbers(gateway)
        check_each_order_sent_once(gateway)
        await check_events(gateway, record)
    finally:
        await stop_all(gateway, venue)

    assert {"FILLED", "CANCELED", "REJECTED"} <= found.outcomes.keys()
    for kind in (RecordKind.MESSAGE_IN, RecordKind.MESSAGE_OUT):
        assert [m for m in gateway.messages(kind) if m["35"] in ("3", "j")] == []
    resent = [m for m in gateway.messages(RecordKind.MESSAGE_IN) if m["35"] == "8" and m.get("43") == "Y"]
    assert resent, "no gap was ever filled: the kills were of no consequence"


def seen_everything(record: Record) -> bool:
    """Whether every kind of report, a replace, and a fill of each instrument have been seen."""
    instruments = {fill.instrument for fill in record.fills.values()}
    return (
        record.exec_types.keys() >= EXEC_TYPES
        and record.commands["Replace"] > 0
        and instruments == {each.symbol for each in INSTRUMENTS}
    )
