"""Windows that open and close within seconds, on a running gateway; and an acceptor outside its hours."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import simplefix

from gateway.client import SessionState
from tests.integration.gateway.conftest import StartGateway
from tests.integration.gateway.scripted_venue import ScriptedVenue
from tests.integration.gateway.test_session_operations import ask, in_state, run, session
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import Gateway, free_port, session_ready

TIMEOUT_S = 20


def entry(port: int, role: str = "initiator", **schedule: str) -> str:
    """Make the settings of a session with a schedule in UTC; `windows` are given as YAML."""
    reconnect = "reconnect_min: 50ms\n" if role == "initiator" else ""
    more = "".join(f"  {key}: {value}\n" for key, value in schedule.items())
    return (
        f"name: timed\nrole: {role}\nbegin_string: FIX.4.4\nsender_comp_id: GATEWAY\ntarget_comp_id: SIM2\n"
        f"host: 127.0.0.1\nport: {port}\n{reconnect}schedule:\n  time_zone: UTC\n{more}"
    )


def window(opens: datetime, closes: datetime) -> str:
    return f'{{opens: "{opens:%H:%M:%S}", closes: "{closes:%H:%M:%S}"}}'


def windows_changed(gateway: Gateway) -> list[tuple[bool, bool]]:
    """What the journal says of the windows: opened, and with a reset."""
    return [
        (event.session_window_changed.open, event.session_window_changed.reset)
        for event in gateway.journaled_events()
        if event.WhichOneof("body") == "session_window_changed"
    ]


async def test_window_opens_closes_and_a_new_day_resets_once_over_a_restart(
    start_gateway: StartGateway, tmp_path: Path
) -> None:
    async with ScriptedVenue() as venue, ScriptedVenue(comp_id="SIM2") as timed:
        gateway = await start_gateway(venue.port)
        file = tmp_path / "timed.yaml"
        now = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=1)
        first, second = now + timedelta(seconds=3), now + timedelta(seconds=9)
        both = (
            f"[{window(first, first + timedelta(seconds=4))}, {window(second, second + timedelta(hours=9))}]"
        )
        day_starts = f'"{second - timedelta(seconds=1):%H:%M:%S}"'  # so the second one is another day's
        file.write_text(entry(timed.port, windows=both, day_starts=day_starts, reset="logon"))
        async with gateway.client() as client:
            await session_ready(client)
            await run(gateway, "add", file, "--reason", "test", "--yes")
            await eventually(lambda: timed.logons == 1, "it logs on")
            assert datetime.now(UTC) >= first
            await eventually(lambda: any(m["35"] == "5" for m in timed.received), "it logs out")
            assert datetime.now(UTC) >= first + timedelta(seconds=4)
            timed.next_out = 1  # the venue begins its day
            await eventually(lambda: timed.logons == 2, "it logs on again")
            assert datetime.now(UTC) >= second
            logons = [message for message in timed.received if message["35"] == "A"]
            assert (logons[1]["34"], logons[1].get("141")) == ("1", "Y")
            await session_ready(client, "timed")
            assert (await session(gateway, "timed"))["scheduled"]
            await session_ready(client)

            await gateway.stop()
            await gateway.start()
            await session_ready(client, "timed")
            logons = [message for message in timed.received if message["35"] == "A"]
            assert int(logons[-1]["34"]) >= 3
            assert "141" not in logons[-1]
            assert (await session(gateway, "timed"))["next_in"] != "1"
        assert windows_changed(gateway) == [(True, False), (False, False), (True, True), (True, False)]


def logon(seq: int) -> bytes:
    message = simplefix.FixMessage()
    for tag, value in ((8, "FIX.4.4"), (35, "A"), (34, str(seq)), (49, "SIM2"), (56, "GATEWAY")):
        message.append_pair(tag, value)
    message.append_pair(52, datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S.%f")[:-3])
    message.append_pair(98, "0")
    message.append_pair(108, "30")
    encoded: bytes = message.encode()
    return encoded


async def offer(port: int, seq: int = 1) -> tuple[bytes, asyncio.StreamWriter]:
    """Send a Logon; give the first that comes, or nothing where the gateway hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(logon(seq))
    return await asyncio.wait_for(reader.read(4096), TIMEOUT_S), writer


async def test_acceptor_takes_a_logon_in_its_hours_only_and_one_of_an_identity_at_a_time(
    start_gateway: StartGateway, tmp_path: Path
) -> None:
    async with ScriptedVenue() as venue:
        gateway = await start_gateway(venue.port)
        file = tmp_path / "timed.yaml"
        port = free_port()
        now = datetime.now(UTC)
        closed = f"[{window(now + timedelta(hours=2), now + timedelta(hours=3))}]"
        file.write_text(entry(port, "acceptor", windows=closed))
        async with gateway.client() as client:
            await session_ready(client)
            await run(gateway, "add", file, "--reason", "test", "--yes")
            answer, writer = await offer(port)
            assert answer == b""
            writer.close()
            assert "closed until" in await run(gateway, "show", "timed")

            file.write_text(entry(port, "acceptor", windows='[{opens: "00:00", closes: "00:00"}]'))
            changed = await ask(gateway, "change", file, "--reason", "test", "--yes")
            assert not changed["pending"]  # other times of the same session need no logout

            async def is_open() -> bool:
                return "window_closes" in await session(gateway, "timed")

            await eventually(is_open, "its window is open")
            answer, writer = await offer(port)
            assert b"\x0135=A\x01" in answer
            await session_ready(client, "timed")
            twin, other = await offer(port, seq=2)
            assert twin == b""
            other.close()
            await in_state(client, SessionState.READY, "timed")
            writer.close()
