"""What the keys of recovery, resets and identity change in the running gateway: from the file to the wire."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.client import ExecutionReported
from tests.integration.gateway.scripted_venue import Fields, ScriptedVenue
from tests.integration.gateway.test_session_keys import order_of, running
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import next_event, session_ready

WORKING = "151=10|14=0|6=0"


def requests(venue: ScriptedVenue) -> list[Fields]:
    return [message for message in venue.received if message["35"] == "2"]


@pytest.mark.parametrize(("key", "end"), [("    resend_chunk: 2\n", "3"), ("", "0")])
async def test_resend_chunk_bounds_what_one_request_asks_for(tmp_path: Path, key: str, end: str) -> None:
    async with running(tmp_path, key) as (venue, _, client):
        await session_ready(client)
        venue.next_out += 5
        venue.send("35=0")
        await eventually(lambda: len(requests(venue)) >= 1, "the gap is asked for")
        assert (requests(venue)[0]["7"], requests(venue)[0]["16"]) == ("2", end)


async def test_resend_slice_of_one_resends_everything_in_order(tmp_path: Path) -> None:
    async with running(tmp_path, "    resend_slice: 1\n    resend_orders_max_age: 1h\n") as (
        venue,
        _,
        client,
    ):
        orders = [await order_of(venue, client) for _ in range(5)]
        venue.send("35=2|7=1|16=0")
        again = [await venue.request("D") for _ in orders]
    assert [message["11"] for message in again] == [message["11"] for message in orders]
    assert {message["43"] for message in again} == {"Y"}


async def test_resend_stall_timeout_asks_again(tmp_path: Path) -> None:
    async with running(tmp_path, "    resend_stall_timeout: 100ms\n") as (venue, _, client):
        await session_ready(client)
        venue.answers_resend_requests = False
        venue.next_out += 5
        venue.send("35=0")
        await eventually(lambda: len(requests(venue)) >= 3, "it is asked again and again")
        assert {(message["7"], message["16"]) for message in requests(venue)} == {("2", "0")}


@pytest.mark.parametrize(
    ("key", "text", "asked_again"),
    [
        ("    kept_messages_max: 1\n", "", True),
        ("    kept_size_max: 64KiB\n", "|58=" + "x" * 40_000, True),
        ("", "|58=" + "x" * 40_000, False),
    ],
)
async def test_what_finds_no_room_ahead_of_a_gap_is_asked_for_later(
    tmp_path: Path, key: str, text: str, asked_again: bool
) -> None:
    async with running(tmp_path, key) as (venue, _, client), client.events() as events:
        order = await order_of(venue, client)
        venue.answers_resend_requests = False
        missing = venue.next_out
        venue.next_out += 1
        venue.send(venue.report(order, "E1", "0", "0", f"{WORKING}{text}"))
        venue.send(venue.report(order, "E2", "I", "0", f"{WORKING}{text}"))
        last = venue.next_out
        venue.next_out = missing
        venue.send(f"35=4|43=Y|123=Y|36={missing + 1}")
        assert (await next_event(events, ExecutionReported)).exec_id == "E1"
        venue.next_out = last
        venue.send("35=1|112=there")
        await eventually(lambda: any(m.get("112") == "there" for m in venue.received) or asked_again, "heard")
        await eventually(lambda: len(requests(venue)) == (2 if asked_again else 1), "the gaps are asked for")
        assert requests(venue)[0]["7"] == str(missing)
        if asked_again:
            assert requests(venue)[1]["7"] == str(last - 1)


@pytest.mark.parametrize(("key", "rejected"), [("    sending_time_tolerance: 10s\n", True), ("", False)])
async def test_sending_time_tolerance_bounds_the_counterpartys_clock(
    tmp_path: Path, key: str, rejected: bool
) -> None:
    async with running(tmp_path, key) as (venue, _, client), client.events() as events:
        order = await order_of(venue, client)
        venue.clock_ahead_s = 30
        venue.send(venue.report(order, "E1", "0", "0", WORKING))
        if rejected:
            await eventually(lambda: len(venue.rejects) == 1, "it is rejected")
            assert venue.rejects[0]["373"] == "10"
        else:
            assert (await next_event(events, ExecutionReported)).exec_id == "E1"


@pytest.mark.parametrize(("key", "rejected"), [("    check_comp_ids: false\n", False), ("", True)])
async def test_comp_ids_are_checked_unless_the_file_says_otherwise(
    tmp_path: Path, key: str, rejected: bool
) -> None:
    async with running(tmp_path, key) as (venue, _, client), client.events() as events:
        order = await order_of(venue, client)
        venue.comp_id = "OTHER"
        venue.send(venue.report(order, "E1", "0", "0", WORKING))
        if rejected:
            await eventually(lambda: len(venue.rejects) == 1, "it is rejected")
            assert venue.rejects[0]["373"] == "9"
        else:
            assert (await next_event(events, ExecutionReported)).exec_id == "E1"


@pytest.mark.parametrize(("key", "asks"), [("    reset_on_error: true\n", True), ("", False)])
async def test_number_that_is_too_low_is_followed_by_a_reset_where_the_file_says_so(
    tmp_path: Path, key: str, asks: bool
) -> None:
    async with running(tmp_path, key) as (venue, _, client):
        await session_ready(client)
        venue.start_anew()
        venue.logon += "|141=Y" if asks else ""
        venue.send("35=0")
        await eventually(lambda: venue.logons >= 2, "it logs on again")
        second = [message for message in venue.received if message["35"] == "A"][1]
        assert second.get("141") == ("Y" if asks else None)
        assert (second["34"] == "1") == asks


@pytest.mark.parametrize(("key", "rejected"), [("    require_orig_sending_time: false\n", False), ("", True)])
async def test_resend_without_its_first_time_is_rejected_unless_the_file_says_otherwise(
    tmp_path: Path, key: str, rejected: bool
) -> None:
    async with running(tmp_path, key) as (venue, _, client), client.events() as events:
        order = await order_of(venue, client)
        venue.send(venue.report(order, "E1", "0", "0", WORKING).replace("35=8|", "35=8|43=Y|"))
        if rejected:
            await eventually(lambda: len(venue.rejects) == 1, "it is rejected")
            assert (venue.rejects[0]["371"], venue.rejects[0]["373"]) == ("122", "1")
        else:
            assert (await next_event(events, ExecutionReported)).exec_id == "E1"


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("    validation:\n      unknown_fields: pass_on\n", [(4999, "one")]),
        ("    validation:\n      user_defined_fields: pass_on\n", [(9001, "A"), (9002, "?")]),
        ("", []),
    ],
)
async def test_fields_that_the_dictionary_does_not_know_are_passed_on(
    tmp_path: Path, key: str, shown: list[tuple[int, str]]
) -> None:
    async with running(tmp_path, key) as (venue, _, client), client.events() as events:
        order = await order_of(venue, client)
        venue.send(venue.report(order, "E1", "0", "0", f"{WORKING}|9001=A|4999=one|9002=\x7f"))
        report = await next_event(events, ExecutionReported)
        assert [(extra.tag, extra.value) for extra in report.extra_fields] == shown


@pytest.mark.parametrize(("key", "rejected"), [("    validation: {strict_types: true}\n", True), ("", False)])
async def test_fill_of_an_old_version_is_taken_as_it_is_sent(
    tmp_path: Path, key: str, rejected: bool
) -> None:
    from gateway.client import Side
    from ops.demo.configuration import SessionTerms
    from tests.integration.gateway.world import Gateway, stop_all

    async with ScriptedVenue(begin_string="FIX.4.0", seconds=True) as venue:
        gateway = Gateway(tmp_path, SessionTerms("SIM", venue.port, begin_string="FIX.4.0", keys=key))
        try:
            await gateway.start()
            async with gateway.client() as client, client.events() as events:
                await session_ready(client)
                assert not (await client.submit("AAPL", Side.BUY, 10, price="185.00")).denied
                order = await venue.request("D")
                venue.send(
                    f"35=8|37=V1|11={order['11']}|17=X-1|20=0|39=1|55=AAPL|54=1|38=10|32=2.5|31=185|14=2.5|6=185"
                )
                if rejected:
                    await eventually(lambda: len(venue.rejects) == 1, "it is rejected")
                else:
                    report = await next_event(events, ExecutionReported)
                    assert (report.exec_id, str(report.last_quantity)) == ("X-1", "2.5")
        finally:
            await stop_all(gateway)
