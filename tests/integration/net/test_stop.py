"""A gateway that was stopped has given up its journal, though it still answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.core import _core
from gateway.v1 import types_pb2
from tests.integration.net.core import Core, session_text
from tests.integration.net.peer import listening


@pytest.mark.parametrize("was_started", [True, False])
async def test_stop_gives_up_the_lock_of_the_journal(tmp_path: Path, was_started: bool) -> None:
    async with listening("X") as venue:
        first = Core(tmp_path, session_text("X", venue.port))
        if was_started:
            first.gateway.start()
            await first.ready("X")
            first.submit("X", 3)
        with pytest.raises(_core.JournalError):
            Core(tmp_path, session_text("X", venue.port))
        first.gateway.stop(0)
        first.gateway.stop(0)
        second = Core(tmp_path, session_text("X", venue.port))
        assert second.gateway.metrics()["orders_total"] == first.gateway.metrics()["orders_total"]
        lsn = second.gateway.committed_lsn()
        # The first one answers, and writes nothing any more.
        (result,) = first.submit("X").results
        assert result.denial.code != types_pb2.DENIAL_CODE_UNSPECIFIED
        assert second.gateway.committed_lsn() == lsn
        assert first.gateway.events(0, None).count > 0
        second.gateway.stop(0)
