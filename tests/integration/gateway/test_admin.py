"""What a running gateway tells of itself: its configuration in force, and how its parts are."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.client import AsyncClient, PartStatus
from ops.demo.configuration import CLIENT, SessionTerms
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import SIM_COMP_ID, Gateway, free_port, stop_all

TOKEN_HASH = f"sha256:{'ab' * 32}"
OTHER_HASH = f"sha256:{'cd' * 32}"
PASSWORD = "hunter2"


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    secret = tmp_path / "password"
    secret.touch(mode=0o600)
    secret.write_text(PASSWORD)
    keys = f"    username: desk1\n    password: ${{file:{secret}}}\n"
    # Nobody listens at the venue's port: the session never stands.
    gateway = Gateway(tmp_path, SessionTerms(SIM_COMP_ID, free_port(), keys=keys))
    edit(gateway, f"name: {CLIENT}, ", f"name: {CLIENT}, token_hashes: ['{TOKEN_HASH}'], ")
    await gateway.start()
    yield gateway
    await stop_all(gateway)


def edit(gateway: Gateway, old: str, new: str) -> None:
    text = gateway.configuration.read_text()
    assert old in text
    gateway.configuration.write_text(text.replace(old, new))


async def values_of(client: AsyncClient) -> dict[str, str]:
    return {value.path: value.value for value in (await client.configuration()).values}


async def test_configuration_in_force_is_told_without_a_secret(gateway: Gateway) -> None:
    async with gateway.client() as client:
        configuration = await client.configuration()
    values = {value.path: value for value in configuration.values}
    assert configuration.file == str(gateway.configuration)
    assert values["api.bind"].value == gateway.target
    assert values["sessions[0].target_comp_id"].value == SIM_COMP_ID
    secrets = {path for path, value in values.items() if value.secret}
    assert {"sessions[0].password", "clients[0].token_hashes"} <= secrets
    assert {values[path].value for path in secrets} == {"***"}
    assert not any(PASSWORD in value.value or "abab" in value.value for value in configuration.values)


async def test_configuration_follows_a_reload_by_signal_and_the_change_is_journalled(
    gateway: Gateway,
) -> None:
    edit(gateway, TOKEN_HASH, OTHER_HASH)
    edit(gateway, "rights: [read, trade, cancel, risk, admin]", "rights: [read, trade, admin]")
    async with gateway.client() as client:
        before = await values_of(client)
        assert gateway.child is not None
        os.kill(gateway.child.pid, signal.SIGHUP)

        async def is_taken() -> bool:
            return await values_of(client) != before

        await eventually(is_taken, "the file is taken")
        after = await values_of(client)
    assert {path: after.get(path) for path in before if before[path] != after.get(path)} == {
        "clients[0].rights[2]": "admin",
        "clients[0].rights[3]": None,
        "clients[0].rights[4]": None,
    }
    (call,) = [event.api_called for event in gateway.journaled_events() if event.HasField("api_called")]
    assert (call.client, call.peer, call.reason) == ("", "SIGHUP", "SIGHUP")
    assert call.request == (
        f"client {CLIENT}: rights: -cancel -risk; token_hashes: +sha256:cdcdcdcd... -sha256:abababab..."
    )


async def test_health_names_each_part_and_says_that_no_session_stands(gateway: Gateway) -> None:
    async with gateway.client() as client:
        health = await client.health()
        version = await client.version()
    parts = {part.name: part for part in health.parts}
    assert version.version
    assert health.newest_lsn >= health.oldest_lsn > 0
    assert {metric.name: metric.value for metric in health.metrics}["journal_committed_lsn"] > 0
    assert parts["sessions"].status is PartStatus.FAILED
    assert "venue" in parts["sessions"].detail
    assert not health.ready
    assert parts["journal"].status is PartStatus.OK
