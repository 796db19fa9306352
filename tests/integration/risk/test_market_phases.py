"""Phases of markets over gRPC: who may say them, of what, and who may read them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from gateway.api import ApiSettings, ClientAccess, create_server
from gateway.api.rights import ALL_RIGHTS
from gateway.core import _core
from gateway.v1 import control_pb2, events_pb2
from tests.support.limit_core import core_settings


class Calls:
    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel

    async def __call__(self, client: str, method: str, request: Any, answer: Any) -> Any:
        call: Any = self._channel.unary_unary(
            f"/gateway.v1.MarketData/{method}", response_deserializer=answer.FromString
        )
        return await call(request.SerializeToString(), metadata=(("client", client),), timeout=30)

    async def set(self, client: str, level: str, phase: int) -> str:
        """The name of the status."""
        request = control_pb2.SetMarketPhaseRequest(level=level, reason="test")
        request.phase = phase  # type: ignore[assignment]  # also one that is none
        try:
            await self(client, "SetMarketPhase", request, control_pb2.SetMarketPhaseResponse)
        except grpc.aio.AioRpcError as error:
            return error.code().name
        return "OK"


@pytest.fixture
async def calls(tmp_path: Path) -> AsyncIterator[Calls]:
    core = _core.Gateway(core_settings(tmp_path / "journal"))
    clients = {
        "alpha": ClientAccess(accounts=frozenset({"A1"}), rights=ALL_RIGHTS),
        "beta": ClientAccess(accounts=frozenset({"B1"}), rights=ALL_RIGHTS - {"risk"}),
    }
    server = create_server(core, ApiSettings(clients=clients))
    port = await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Calls(channel)
    await server.stop()
    core.stop()


async def test_phase_is_said_by_who_has_the_right_and_read_by_everyone(calls: Calls) -> None:
    closed, auction = events_pb2.MARKET_PHASE_CLOSED, events_pb2.MARKET_PHASE_INTRADAY_AUCTION
    assert await calls.set("alpha", "venue:SIM", closed) == "OK"
    assert await calls.set("alpha", "instrument:ACME", auction) == "OK"
    assert await calls.set("beta", "venue:SIM", auction) == "PERMISSION_DENIED"
    request = control_pb2.ListMarketPhasesRequest()
    listed = await calls("beta", "ListMarketPhases", request, control_pb2.ListMarketPhasesResponse)
    shown = [(each.level, each.phase, each.reason, each.changed_by) for each in listed.phases]
    assert shown == [
        ("venue:SIM", closed, "test", "alpha"),
        ("instrument:ACME", auction, "test", "alpha"),
    ]


@pytest.mark.parametrize(
    ("level", "phase", "status"),
    [("firm", 1, "NOT_FOUND"), ("venue:NONE", 1, "NOT_FOUND"), ("venue:SIM", 77, "INVALID_ARGUMENT")],
)
async def test_phase_of_what_has_none_is_refused(calls: Calls, level: str, phase: int, status: str) -> None:
    assert await calls.set("alpha", level, phase) == status
