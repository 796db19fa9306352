"""Operators at work: the command line, through the API, the core and the wire, on a gateway that trades."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway.client import AsyncClient, DenialCode, SessionState, Side
from gateway.v1 import events_pb2
from tests.integration.gateway.conftest import StartGateway, StartVenue
from tests.integration.gateway.scripted_venue import ScriptedVenue
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import Gateway, session_ready
from tests.unit.cli.cli_runner import gateway as cli

SECOND = """\
name: second
begin_string: FIX.4.4
sender_comp_id: GATEWAY
target_comp_id: SIM2
host: 127.0.0.1
port: {port}
heartbeat_interval: {heartbeat}
reconnect_min: 50ms
password: ${{env:HOME}}
username: somebody
"""


async def run(gateway: Gateway, *arguments: object, code: int = 0) -> str:
    """Run a command as a person does, and give what it prints."""
    command = ("sessions", *arguments, "-c", gateway.configuration)
    result = await asyncio.to_thread(cli, *command)
    assert result.code == code, result.out + result.err
    return result.out + result.err


async def ask(gateway: Gateway, *arguments: object) -> Any:
    return json.loads(await run(gateway, *arguments, "--json"))


async def session(gateway: Gateway, name: str = "venue") -> dict[str, Any]:
    found: dict[str, Any] = (await ask(gateway, "show", name))["session"]
    return found


async def in_state(client: AsyncClient, state: SessionState, name: str = "venue") -> None:
    async def is_so() -> bool:
        return any(each.name == name and each.state is state for each in await client.sessions())

    await eventually(is_so, f"{name} is {state}")


def controlled(gateway: Gateway) -> list[events_pb2.SessionControlled]:
    return [
        event.session_controlled
        for event in gateway.journaled_events()
        if event.WhichOneof("body") == "session_controlled"
    ]


@pytest.fixture
async def venue() -> AsyncIterator[ScriptedVenue]:
    async with ScriptedVenue() as venue:
        yield venue


async def test_logout_holds_over_a_restart_until_logon_and_all_is_audited(
    start_gateway: StartGateway, venue: ScriptedVenue
) -> None:
    gateway = await start_gateway(venue.port)
    async with gateway.client() as client:
        await session_ready(client)
        assert "logged out" in await run(gateway, "logout", "venue", "--reason", "maintenance", "--yes")
        await in_state(client, SessionState.DISCONNECTED)
        denied = await client.submit("AAPL", Side.BUY, 10, price="185.00")
        assert denied.denial is not None
        assert denied.denial.code is DenialCode.SESSION_NOT_READY
        logons = venue.logons
        await gateway.stop()
        await gateway.start()
        shown = await session(gateway)
        assert not shown["enabled"]
        assert venue.logons == logons
        await run(gateway, "logon", "venue", "--reason", "done", "--yes")
        await session_ready(client)
        assert venue.logons == logons + 1
    await gateway.stop()
    first, second = controlled(gateway)
    with closing(sqlite3.connect(gateway.folder / "gateway.db")) as database:
        audit = "SELECT session, lsn FROM events WHERE kind = 'session_controlled' ORDER BY lsn"
        assert [name for name, _ in database.execute(audit)] == ["venue", "venue"]
    dumped = await asyncio.to_thread(cli, "journal", "dump", gateway.journal, "--kind", "SessionControlled")
    assert "session=venue action=LOGOUT changed_by=demo" in dumped.out
    assert "reason=maintenance old_next_in=2" in dumped.out
    assert first.action == events_pb2.SESSION_ACTION_LOGOUT
    assert (first.reason, second.reason) == ("maintenance", "done")
    assert first.changed_by.startswith("demo/")
    assert first.old_next_out == 2


async def test_sequence_numbers_are_set_and_go_out_with_the_next_logon(
    start_gateway: StartGateway, venue: ScriptedVenue
) -> None:
    gateway = await start_gateway(venue.port)
    async with gateway.client() as client:
        await session_ready(client)
        refused = await run(gateway, "set-sequence", "venue", "--in", 5, "--reason", "test", "--yes", code=5)
        assert "log it out first" in refused
        await run(gateway, "logout", "venue", "--reason", "test", "--yes")
        await in_state(client, SessionState.DISCONNECTED)
        venue.next_out = 41
        await run(
            gateway, "set-sequence", "venue", "--in", 41, "--out", 70, "--reason", "told by desk", "--yes"
        )
        await run(gateway, "logon", "venue", "--reason", "test", "--yes")
        await session_ready(client)
        shown = await session(gateway)
        assert (shown["next_in"], shown["next_out"]) == ("42", "71")
    changed = [event for event in controlled(gateway) if event.next_out == 70]
    (event,) = changed[:1]
    assert (event.old_next_in, event.next_in) == (3, 41)
    log = await ask(gateway, "log", "venue", "--out", "--limit", 1)
    assert "|35=A|" in log[0]["text"]
    assert "|34=70|" in log[0]["text"]


async def test_what_is_asked_for_is_confirmed_and_needs_a_reason(
    start_gateway: StartGateway, venue: ScriptedVenue
) -> None:
    gateway = await start_gateway(venue.port)
    async with gateway.client() as client:
        await session_ready(client)
        await run(gateway, "logout", "venue", code=2)
        await run(gateway, "logout", "venue", "--reason", "test", code=1)  # nobody answers: aborted
        assert "a reason" in await run(gateway, "logout", "venue", "--reason", " ", "--yes", code=5)
        assert "no session" in await run(gateway, "logout", "vanue", "--reason", "x", "--yes", code=5)
        await session_ready(client)
    assert controlled(gateway) == []


async def test_reset_by_agreement_while_logged_on(
    start_gateway: StartGateway, start_venue: StartVenue
) -> None:
    simulator = await start_venue("--no-liquidity")
    gateway = await start_gateway(simulator.port)
    async with gateway.client() as client:
        await session_ready(client)
        await run(gateway, "reset", "venue", "--reason", "agreed", "--yes")

        async def is_reset() -> bool:
            shown = await session(gateway)
            return (shown["next_in"], shown["next_out"]) == ("2", "2")

        await eventually(is_reset, "both sequences start anew")
        taken = await client.submit("AAPL", Side.BUY, 10, price="1.00")
        assert not taken.denied or taken.denial is None or taken.denial.code is DenialCode.PRICE_COLLAR


async def test_session_is_added_changed_removed_and_added_again_while_another_trades(
    start_gateway: StartGateway, start_venue: StartVenue, tmp_path: Path
) -> None:
    simulator = await start_venue("--no-liquidity")
    gateway = await start_gateway(simulator.port)
    file = tmp_path / "second.yaml"
    async with ScriptedVenue(comp_id="SIM2") as second, gateway.client() as client:
        await session_ready(client)
        stop = asyncio.Event()
        orders = 0

        async def trade() -> None:
            nonlocal orders
            while not stop.is_set():
                result = await client.submit("AAPL", Side.BUY, 1, price="185.00")
                assert not result.denied, result.denial
                orders += 1
                await asyncio.sleep(0.01)

        trading = asyncio.create_task(trade())
        try:
            file.write_text(SECOND.format(port=second.port, heartbeat="30s"))
            added = await run(gateway, "add", file, "--venue", "TWO", "--reason", "new venue", "--yes")
            assert "second is added" in added
            await session_ready(client, "second")
            file.write_text(SECOND.format(port=second.port, heartbeat="7s"))
            changed = await ask(gateway, "change", file, "--reason", "faster", "--yes")
            assert "heartbeat_interval: 0:00:30 -> 0:00:07" in changed["detail"]
            await eventually(lambda: second.logons == 2, "it comes back")
            await session_ready(client, "second")
            numbers = await session(gateway, "second")
            assert numbers["heartbeat_interval_s"] == 7
            assert int(numbers["next_out"]) >= 4  # two Logons and a Logout
            await run(gateway, "remove", "second", "--reason", "venue closed", "--yes")

            async def is_gone() -> bool:
                return len(await client.sessions()) == 1

            await eventually(is_gone, "it is gone")
            again = await ask(gateway, "add", file, "--reason", "venue is back", "--yes")
            assert int(again["session"]["next_out"]) >= int(numbers["next_out"])
            assert again["session"]["venue"] == "TWO"
            await session_ready(client, "second")
        finally:
            stop.set()
            await trading
        assert orders > 1
        assert await in_one_connection(gateway)
        # What was changed through the API outlives the gateway.
        await gateway.stop()
        await gateway.start()
        await session_ready(client, "second")
        await session_ready(client)
    actions = [event.action for event in controlled(gateway)]
    assert actions == [
        events_pb2.SESSION_ACTION_ADD,
        events_pb2.SESSION_ACTION_CHANGE,
        events_pb2.SESSION_ACTION_REMOVE,
        events_pb2.SESSION_ACTION_ADD,
    ]
    assert not any("HOME" in event.detail for event in controlled(gateway))


async def in_one_connection(gateway: Gateway) -> bool:
    """The other session was never down."""
    states = [
        event.session_changed.state
        for event in gateway.journaled_events()
        if event.WhichOneof("body") == "session_changed" and event.session_changed.session == "venue"
    ]
    return (
        events_pb2.SESSION_STATE_DISCONNECTED not in states
        and states.count(events_pb2.SESSION_STATE_READY) == 1
    )


async def test_removal_under_open_orders_is_refused_without_force(
    start_gateway: StartGateway, venue: ScriptedVenue
) -> None:
    gateway = await start_gateway(venue.port)
    async with gateway.client() as client:
        await session_ready(client)
        await client.submit("AAPL", Side.BUY, 10, price="185.00")
        venue.acknowledge(await venue.request("D"))
        refused = await run(gateway, "remove", "venue", "--reason", "test", "--yes", code=5)
        assert "open orders" in refused
        assert (await ask(gateway, "show", "venue"))["open_orders"] == "1"
        await session_ready(client)
        await run(gateway, "remove", "venue", "--force", "--reason", "test", "--yes")
        denied = await client.submit("AAPL", Side.BUY, 10, price="185.00")
        assert denied.denial is not None
        assert denied.denial.code is DenialCode.SESSION_NOT_READY
    assert controlled(gateway)[-1].forced


async def test_configuration_that_is_read_again_changes_what_differs(
    start_gateway: StartGateway, venue: ScriptedVenue
) -> None:
    gateway = await start_gateway(venue.port)
    text = gateway.configuration.read_text()
    async with ScriptedVenue(comp_id="SIM2") as second, gateway.client() as client:
        await session_ready(client)
        entry = SECOND.format(port=second.port, heartbeat="30s").strip().replace("\n", "\n    ")
        more = text.replace("\nvenues:\n", f"\n  - {entry}\n\nvenues:\n")
        gateway.configuration.write_text(more.replace("max_order_quantity: 1000000", "max_order_quantity: 9"))
        planned = await ask(gateway, "reload", "--dry-run", "--reason", "test")
        assert [(each["subject"], each["outcome"]) for each in planned] == [
            ("second", "added"),
            ("limits", "needs a restart"),
        ]
        assert len(await client.sessions()) == 1
        assert gateway.child is not None
        os.kill(gateway.child.pid, signal.SIGHUP)
        await session_ready(client, "second")
        gateway.configuration.write_text(more.replace("name: second", "name: [broken"))
        unread = ("--address", gateway.target, "--client", "demo")  # the command would not take it either
        command = ("sessions", "reload", "--reason", "test", "--yes", *unread)
        result = await asyncio.to_thread(cli, *command)
        assert result.code == 5
        assert "not valid YAML" in result.err
        assert len(await client.sessions()) == 2
        gateway.configuration.write_text(text)
        gone = await ask(gateway, "reload", "--reason", "test", "--yes")
        assert [(each["subject"], each["outcome"]) for each in gone] == [("second", "removed")]
        await session_ready(client)
    assert [event.changed_by.partition("/")[0] for event in controlled(gateway)] == ["SIGHUP", "demo"]


async def test_message_log_is_paged_newest_first_without_secrets(
    start_gateway: StartGateway, venue: ScriptedVenue, tmp_path: Path
) -> None:
    gateway = await start_gateway(venue.port)
    secret = tmp_path / "secret"
    secret.touch(mode=0o600)
    secret.write_text("hunter2")
    async with ScriptedVenue(comp_id="SIM2") as second, gateway.client() as client:
        await session_ready(client)
        file = tmp_path / "second.yaml"
        entry = SECOND.format(port=second.port, heartbeat="30s").replace("${env:HOME}", f"${{file:{secret}}}")
        file.write_text(entry)
        await run(gateway, "add", file, "--reason", "test", "--yes")
        await session_ready(client, "second")
        log = await ask(gateway, "log", "second")
        assert [each["direction"][18:] for each in log][:2] == ["OUT", "IN"]
        assert "|554=*" in log[0]["text"]
        assert "hunter2" not in await run(gateway, "log", "second")
        assert (gateway.journal / "sessions.yaml").read_text().count("hunter2") == 0


async def test_round_trip_and_clock_of_the_venue_are_shown(
    start_gateway: StartGateway, venue: ScriptedVenue, tmp_path: Path
) -> None:
    gateway = await start_gateway(venue.port)
    async with ScriptedVenue(comp_id="SIM2") as second, gateway.client() as client:
        second.clock_ahead_s = 5
        await session_ready(client)
        file = tmp_path / "second.yaml"
        file.write_text(SECOND.format(port=second.port, heartbeat="30s") + "measure_interval: 100ms\n")
        await run(gateway, "add", file, "--reason", "test", "--yes")

        async def is_measured() -> bool:
            return int((await session(gateway, "second"))["round_trip_ns"]) > 0

        await eventually(is_measured, "a TestRequest was answered")
        offset_s = int((await session(gateway, "second"))["clock_offset_ns"]) / 1e9
        assert 4 < offset_s < 6
        assert "their clock +" in await run(gateway, "show", "second")


async def test_silent_venue_is_found_within_the_limit(
    start_gateway: StartGateway, venue: ScriptedVenue, tmp_path: Path
) -> None:
    gateway = await start_gateway(venue.port)
    async with ScriptedVenue(comp_id="SIM2") as second, gateway.client() as client:
        second.logon = "35=A|98=0|108=1"
        file = tmp_path / "second.yaml"
        file.write_text(SECOND.format(port=second.port, heartbeat="1s"))
        await run(gateway, "add", file, "--reason", "test", "--yes")
        await session_ready(client, "second")
        second.silent = True  # the connection stands, and nothing comes any more
        await eventually(lambda: second.logons == 2, "the gateway gives it up and connects anew")
    assert any(
        event.session_changed.reason == "no answer to the TestRequest"
        for event in gateway.journaled_events()
        if event.WhichOneof("body") == "session_changed"
    )
    requests = [
        record
        for record in await ask(gateway, "log", "second", "--limit", 500)
        if record["direction"] == "MESSAGE_DIRECTION_OUT" and "|35=1|" in record["text"]
    ]
    assert requests
