"""A venue that stops reading: it is reported and cut off, and others do not notice."""

from __future__ import annotations

import asyncio
from pathlib import Path

from gateway.v1 import types_pb2
from tests.integration.gateway.waiting import eventually
from tests.integration.net.core import running, session_text
from tests.integration.net.peer import TIMEOUT_S, listening

SLOW = """\
    outbound_buffer_size: 256KiB
    outbound_stall_timeout: 1s
    socket:
      send_buffer_size: 16KiB
"""


async def test_slow_reader_is_denied_orders_reported_and_cut_while_another_trades(tmp_path: Path) -> None:
    async with listening("SLOW") as slow, listening("X") as venue:
        text = session_text("SLOW", slow.port, SLOW) + session_text("X", venue.port)
        with running(tmp_path, text) as core:
            await core.ready("SLOW")
            await core.ready("X")
            slow.reading.clear()
            assert slow.writer is not None
            slow.writer.transport.pause_reading()  # type: ignore[attr-defined]
            denied = 0
            backlogs = []
            while not denied:
                results = core.submit("SLOW", 100).results
                denied = sum(result.HasField("denial") for result in results)
                backlogs.append(core.session("SLOW").outbound_backlog_bytes)
                core.submit("X")
                await asyncio.wait_for(venue.orders.get(), TIMEOUT_S)
            assert results[-1].denial.code == types_pb2.DENIAL_CODE_SESSION_BACKLOGGED
            assert max(backlogs) <= 256 * 1024
            # The kernel's buffers take bytes for a while yet: orders go on until nothing moves and it is cut.
            # It connects anew at once: what tells is the count and the log.
            async with asyncio.timeout(TIMEOUT_S):
                while core.gateway.metrics()["slow_readers_cut"] == 0:
                    core.submit("SLOW", 100)
                    core.submit("X")
                    await venue.orders.get()
            notices = core.gateway.take_network_notices()
            assert any(subject == "SLOW" and "does not read" in text for _, subject, text in notices)
            assert core.session("X").reason == ""
            core.submit("X")
            await asyncio.wait_for(venue.orders.get(), TIMEOUT_S)
            await eventually(lambda: slow.connections >= 2, "it connects anew")
