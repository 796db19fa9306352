"""What a session's keys change in the running gateway: from the file to the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from gateway.client import AsyncClient, ExecutionReported, OrderStatus, SessionState, Side
from ops.demo.configuration import SessionTerms
from tests.integration.gateway.scripted_venue import Fields, ScriptedVenue
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import Gateway, next_event, session_ready, stop_all


@asynccontextmanager
async def running(folder: Path, keys: str) -> AsyncIterator[tuple[ScriptedVenue, Gateway, AsyncClient]]:
    async with ScriptedVenue() as venue:
        gateway = Gateway(folder, SessionTerms("SIM", venue.port, keys=keys))
        try:
            await gateway.start()
            async with gateway.client() as client:
                yield venue, gateway, client
        finally:
            await stop_all(gateway)


def is_rejected(venue: ScriptedVenue) -> bool:
    return len(venue.rejects) == 1


async def order_of(venue: ScriptedVenue, client: AsyncClient) -> Fields:
    await session_ready(client)
    assert not (await client.submit("AAPL", Side.BUY, 10, price="185.00")).denied
    return await venue.request("D")


async def test_header_and_logon_carry_what_the_file_adds(tmp_path: Path) -> None:
    keys = """\
    sender_sub_id: DESK
    sender_location_id: LON
    target_sub_id: EQ
    header_fields:
      - {tag: 115, value: FUND}
    logon_fields:
      - {tag: 9100, value: "7 s"}
    last_msg_seq_num_processed: true
    next_expected_msg_seq_num: true
    timestamp_precision: microseconds
"""
    async with running(tmp_path, keys) as (venue, _, client):
        order = await order_of(venue, client)
        logon = venue.received[0]
    assert (logon["9100"], logon["789"]) == ("7 s", "1")
    for message in (logon, order):
        assert (message["50"], message["142"], message["57"], message["115"]) == ("DESK", "LON", "EQ", "FUND")
        assert len(message["52"]) == len("20261121-10:00:00.000000")
    assert (logon["369"], order["369"]) == ("0", "1")
    assert len(order["60"]) == len("20261121-10:00:00.000000")


@pytest.mark.parametrize(
    ("key", "fault", "tag", "reason"),
    [
        ("unknown_fields: reject", "4999=1", "4999", "0"),
        ("user_defined_fields: reject", "9999=1", "9999", "0"),
        ("enumerations: true", "40=~", "40", "5"),
        ("fields_of_message: true", "98=0", "98", "2"),
        ("empty_values: true", "58=", "58", "4"),
        ("group_entries_max: 1", "453=2|448=A|452=1|448=B|452=3", "453", "16"),
    ],
)
async def test_check_that_is_switched_on_rejects_and_by_default_lets_pass(
    tmp_path: Path, key: str, fault: str, tag: str, reason: str
) -> None:
    for number, section in enumerate((f"    validation:\n      {key}\n", "")):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with running(folder, section) as (venue, _, client), client.events() as events:
            order = await order_of(venue, client)
            venue.send(venue.report(order, "E1", "0", "0", f"151=10|14=0|6=0|{fault}"))
            if section:
                await eventually(partial(is_rejected, venue), "it is rejected")
                assert (venue.rejects[0]["371"], venue.rejects[0]["373"]) == (tag, reason)
            else:
                report = await next_event(events, ExecutionReported)
                assert (report.exec_id, report.status) == ("E1", OrderStatus.NEW)
                assert venue.rejects == []


async def test_check_that_is_switched_off_lets_pass(tmp_path: Path) -> None:
    keys = "    validation:\n      required_fields: false\n      formats: false\n"
    async with running(tmp_path, keys) as (venue, _, client), client.events() as events:
        order = await order_of(venue, client)
        venue.send(f"35=8|37=V|11={order['11']}|17=E1|150=0|39=0|55=AAPL|54=1|38=10|60=today")
        assert (await next_event(events, ExecutionReported)).exec_id == "E1"
        assert venue.rejects == []


async def test_message_larger_than_allowed_is_not_taken(tmp_path: Path) -> None:
    async with (
        running(tmp_path, "    message_size_max: 2KiB\n") as (venue, _, client),
        client.events() as events,
    ):
        order = await order_of(venue, client)
        working = "151=10|14=0|6=0"
        venue.send(venue.report(order, "E1", "0", "0", f"{working}|58={'x' * 3000}"))
        venue.send(venue.report(order, "E2", "0", "0", working))
        report = await next_event(events, ExecutionReported)
        assert report.exec_id == "E2"
        await eventually(lambda: any(m["35"] == "2" for m in venue.received), "the gap is asked for")


async def test_large_message_is_taken_where_the_file_allows_it(tmp_path: Path) -> None:
    async with (
        running(tmp_path, "    message_size_max: 512KiB\n") as (venue, _, client),
        client.events() as events,
    ):
        order = await order_of(venue, client)
        venue.send(venue.report(order, "E1", "0", "0", f"151=10|14=0|6=0|58={'x' * 400_000}"))
        assert (await next_event(events, ExecutionReported)).exec_id == "E1"


@pytest.mark.parametrize(
    ("key", "starts_anew"), [("reset_on_disconnect", True), ("reset_on_logout", False), ("", False)]
)
async def test_numbers_start_anew_after_a_cut_only_where_the_file_says_so(
    tmp_path: Path, key: str, starts_anew: bool
) -> None:
    async with running(tmp_path, f"    {key}: true\n" if key else "") as (venue, _, client):
        await order_of(venue, client)
        if starts_anew:
            venue.start_anew()
        venue.hang_up()
        await eventually(lambda: venue.logons == 2, "it logs on again")
        await session_ready(client)
        second = [message for message in venue.received if message["35"] == "A"][1]
        assert second["34"] == ("1" if starts_anew else "3")
        assert "141" not in second


async def test_reset_that_the_counterparty_asks_for_is_refused_by_policy(tmp_path: Path) -> None:
    async with running(tmp_path, "    accept_reset: false\n") as (venue, _, client):
        await session_ready(client)
        venue.logon += "|141=Y"
        venue.start_anew()
        venue.hang_up()
        await eventually(
            lambda: any("141" in message.get("58", "") for message in venue.received), "the Logout says why"
        )
        (session,) = await client.sessions()
        assert session.state is not SessionState.READY
