"""Whoever lifts a halt needs the right, and says why: both are refused without, and the halt stands."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import grpc.aio
import pytest

from gateway.api import ApiSettings, ClientAccess, create_server
from gateway.api.rights import ALL_RIGHTS
from gateway.core import _core
from gateway.v1 import control_pb2, events_pb2
from tests.support.limit_core import core_settings

ACTIVE = events_pb2.TRADING_STATE_ACTIVE
REDUCING = events_pb2.TRADING_STATE_REDUCING
HALTED = events_pb2.TRADING_STATE_HALTED
NAMES = {HALTED: "HALTED", REDUCING: "REDUCING", ACTIVE: "ACTIVE"}


class Desk:
    def __init__(self, core: _core.Gateway, channel: grpc.aio.Channel) -> None:
        self._core = core
        self._channel = channel

    async def set(
        self, state: events_pb2.TradingState, reason: str, client: str = "alpha", level: str = "firm"
    ) -> str:
        """The name of the status, and what is said where it is refused."""
        request = control_pb2.SetTradingStateRequest(level=level, state=state, reason=reason)
        try:
            await self._channel.unary_unary("/gateway.v1.Risk/SetTradingState")(
                request.SerializeToString(), metadata=(("client", client),), timeout=30
            )
        except grpc.aio.AioRpcError as error:
            return f"{error.code().name}: {error.details()}"
        return "OK"

    def state(self, level: str = "firm") -> tuple[str, str, str]:
        answer = control_pb2.ListTradingStatesResponse.FromString(self._core.trading_states())
        found = next(each for each in answer.states if each.level == level)
        return NAMES[found.state], found.reason, found.changed_by


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    core = _core.Gateway(core_settings(tmp_path / "journal"))
    clients = {
        "alpha": ClientAccess(accounts=frozenset({"A1"}), rights=ALL_RIGHTS),
        "beta": ClientAccess(accounts=frozenset({"B1"}), rights=ALL_RIGHTS - {"risk"}),
    }
    server = create_server(core, ApiSettings(clients=clients))
    port = await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Desk(core, channel)
    await server.stop()
    core.stop()


@pytest.mark.parametrize(("held", "lifted"), [(HALTED, ACTIVE), (HALTED, REDUCING), (REDUCING, ACTIVE)])
@pytest.mark.parametrize("level", ["firm", "account:A1"])
async def test_lifting_needs_a_reason(
    desk: Desk, held: events_pb2.TradingState, lifted: events_pb2.TradingState, level: str
) -> None:
    assert await desk.set(held, "trouble", level=level) == "OK"
    for reason in ("", "  "):
        refused = await desk.set(lifted, reason, level=level)
        assert refused.startswith("INVALID_ARGUMENT: expected a reason"), refused
        assert level in refused
    assert desk.state(level) == (NAMES[held], "trouble", "alpha")
    assert await desk.set(lifted, "looked into it", level=level) == "OK"
    assert desk.state(level) == (NAMES[lifted], "looked into it", "alpha")


async def test_lifting_needs_the_right(desk: Desk) -> None:
    assert await desk.set(HALTED, "trouble") == "OK"
    assert (await desk.set(ACTIVE, "please", "beta")).startswith("PERMISSION_DENIED")
    assert desk.state() == ("HALTED", "trouble", "alpha")


async def test_halting_waits_for_no_reason(desk: Desk) -> None:
    assert await desk.set(REDUCING, "") == "OK"
    assert await desk.set(HALTED, "") == "OK"
    assert await desk.set(HALTED, "") == "OK"
    assert desk.state()[0] == "HALTED"
