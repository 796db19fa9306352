"""Limits over gRPC: rights, own and others' levels, and the way from a wish to an approved change."""

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
from gateway.risk.limits.desk import ApprovalTerms, LimitDesk
from gateway.v1 import limits_pb2, risk_pb2
from tests.support.limit_core import core_settings

KIND = risk_pb2.LIMIT_KIND_MAX_ORDER_QUANTITY


class Calls:
    """Calls of the service Risk as different clients."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel

    async def __call__(self, client: str, method: str, request: Any, answer: Any) -> Any:
        call: Any = self._channel.unary_unary(
            f"/gateway.v1.Risk/{method}", response_deserializer=answer.FromString
        )
        return await call(request.SerializeToString(), metadata=(("client", client),), timeout=30)

    async def set(self, client: str, value: str, level: str = "firm", name: str = "q.1") -> Any:
        limit = risk_pb2.Limit(name=name, level=level, kind=KIND, value=value)
        request = risk_pb2.SetLimitsRequest(limits=[limit], reason="test", approved_by="bert")
        return await self(client, "SetLimits", request, risk_pb2.SetLimitsResponse)

    async def shown(self, client: str) -> dict[str, tuple[str, str]]:
        answer = await self(client, "GetLimits", limits_pb2.GetLimitsRequest(), limits_pb2.GetLimitsResponse)
        return {each.limit.name: (each.limit.value, each.source) for each in answer.limits}

    async def pending(self, client: str) -> list[int]:
        request = limits_pb2.ListLimitChangesRequest()
        answer = await self(client, "ListLimitChanges", request, limits_pb2.ListLimitChangesResponse)
        return [each.change_id for each in answer.pending]

    async def approve(self, client: str, number: int) -> Any:
        request = limits_pb2.ApproveLimitChangeRequest(change_id=number, reason="agreed")
        answer = await self(client, "ApproveLimitChange", request, limits_pb2.ApproveLimitChangeResponse)
        return answer.change


@pytest.fixture
async def calls(tmp_path: Path) -> AsyncIterator[Calls]:
    core = _core.Gateway(core_settings(tmp_path / "journal"))
    desk = LimitDesk(core, ApprovalTerms(), tmp_path / "limits.json", now_ns=lambda: 1_000_000_000_000)
    clients = {
        "alpha": ClientAccess(accounts=frozenset({"A1"}), rights=ALL_RIGHTS),
        "beta": ClientAccess(accounts=frozenset({"B1"}), rights=ALL_RIGHTS),
    }
    server = create_server(core, ApiSettings(clients=clients), limit_desk=desk)
    port = await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Calls(channel)
    await server.stop()
    core.stop()


async def status(call: Any) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    return refused.value.code(), refused.value.details() or ""


async def test_looser_limit_is_made_once_another_client_has_approved_it(calls: Calls) -> None:
    await calls.set("alpha", "100")
    answer = await calls.set("alpha", "200")  # its own word on who approved it counts for nothing
    assert (answer.pending, answer.change_id) == (True, 1)
    assert (await calls.shown("beta"))["q.1"] == ("100", "runtime")
    code, text = await status(calls.approve("alpha", 1))
    assert (code, "another client" in text) == (grpc.StatusCode.FAILED_PRECONDITION, True)
    await calls.approve("beta", 1)
    assert (await calls.shown("alpha"))["q.1"] == ("200", "runtime")
    code, _ = await status(calls.approve("beta", 1))
    assert code is grpc.StatusCode.NOT_FOUND


async def test_limits_of_the_section_are_shown_as_such(calls: Calls) -> None:
    assert await calls.shown("alpha") == {"max_order_quantity": ("1000", "section")}


async def test_garbage_is_refused_with_place_and_reason(calls: Calls) -> None:
    code, text = await status(calls.set("alpha", "-1"))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "limits[0] 'q.1'" in text
    assert "q.1" not in await calls.shown("alpha")


async def test_others_accounts_look_like_those_that_do_not_exist(calls: Calls) -> None:
    await calls.set("beta", "100", "account:B1", "b.1")
    await calls.set("beta", "200", "account:B1", "b.1")
    assert "b.1" not in await calls.shown("alpha")
    assert (await calls.pending("alpha"), await calls.pending("beta")) == ([], [1])
    foreign = await status(calls.set("alpha", "1", "account:B1"))
    missing = await status(calls.set("alpha", "1", "account:B9"))
    assert foreign[0] is missing[0] is grpc.StatusCode.INVALID_ARGUMENT
    assert foreign[1].split("; ")[0].replace("B1", "B9") in missing[1].replace("limits[0] ", "")
    code, _ = await status(calls.approve("alpha", 1))
    assert code is grpc.StatusCode.NOT_FOUND


async def test_override_needs_an_end(calls: Calls) -> None:
    request = limits_pb2.GrantOverrideRequest(reason="test")
    code, text = await status(calls("alpha", "GrantOverride", request, limits_pb2.GrantOverrideResponse))
    assert (code, "duration" in text) == (grpc.StatusCode.INVALID_ARGUMENT, True)
