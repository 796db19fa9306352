"""The throttle of a session in the running gateway."""

from __future__ import annotations

from pathlib import Path

from gateway.client import DenialCode, OrderAccepted, OrderReleased, Side
from ops.demo.configuration import SessionTerms
from tests.integration.gateway.scripted_venue import ScriptedVenue
from tests.integration.gateway.world import Gateway, next_event, session_ready, stop_all

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


async def test_burst_above_the_limit_waits_and_is_sent_in_its_turn(tmp_path: Path) -> None:
    keys = """\
    throttle:
      messages: 2
      interval: 1s
      over_limit: wait
      waiting_max: 3
      wait_max: 10s
"""
    async with ScriptedVenue() as venue:
        gateway = Gateway(tmp_path, SessionTerms("SIM", venue.port, keys=keys))
        try:
            await gateway.start()
            async with gateway.client() as client, client.events() as events:
                await session_ready(client)
                results = [
                    await client.submit("AAPL", Side.BUY, 1, price="185.00", client_order_id=f"w{number}")
                    for number in range(5)
                ]
                assert not any(result.denied for result in results)
                arrived = [(await venue.request("D"))["11"] for _ in results]
                assert arrived == [result.cl_ord_id for result in results]
                if any([(await next_event(events, OrderAccepted)).waiting for _ in results]):
                    assert (await next_event(events, OrderReleased)).cl_ord_id in arrived
        finally:
            await stop_all(gateway)
