"""The throttle of a session in the running gateway."""

from __future__ import annotations

from pathlib import Path

from gateway.client import DenialCode, Side
from ops.demo.configuration import SessionTerms
from tests.integration.gateway.scripted_venue import ScriptedVenue
from tests.integration.gateway.world import Gateway, session_ready, stop_all

KEYS = """\
    throttle:
      messages: 4
      interval: 1m
      reserved_for_cancels: 1
"""


async def test_burst_is_cut_at_the_limit_and_a_cancel_passes(tmp_path: Path) -> None:
    async with ScriptedVenue() as venue:
        gateway = Gateway(tmp_path, SessionTerms("SIM", venue.port, keys=KEYS))
        try:
            await gateway.start()
            async with gateway.client() as client:
                await session_ready(client)
                results = [await client.submit("AAPL", Side.BUY, 1, price="185.00") for _ in range(6)]
                assert [result.denied for result in results] == [False] * 3 + [True] * 3
                denial = results[3].denial
                assert denial is not None
                assert denial.code is DenialCode.THROTTLED
                assert not (await client.cancel(results[0].client_request_id)).denied
                assert (await client.cancel(results[1].client_request_id)).denied
                await venue.request("D")
                await venue.request("D")
                await venue.request("D")
                await venue.request("F")
        finally:
            await stop_all(gateway)
