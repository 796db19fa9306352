"""Overrides of one order through the real core and over gRPC: who grants, who approves, until when."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest

from gateway.api import ApiSettings, ClientAccess, create_server
from gateway.api.rights import ALL_RIGHTS
from gateway.core import _core
from gateway.risk.limits.desk import ApprovalTerms, LimitDesk, LimitRefused, OwnChange
from gateway.v1 import events_pb2, limits_pb2, order_entry_pb2, risk_pb2, types_pb2
from tests.support.limit_core import core_settings

SECOND = 1_000_000_000
TERMS = ApprovalTerms(expires_after_ns=60 * SECOND, override_max_ns=100 * SECOND)
KIND = risk_pb2.LIMIT_KIND_MAX_ORDER_QUANTITY


def terms(client: str = "alpha", limit: str = "q.1", **more: Any) -> risk_pb2.OrderOverrideTerms:
    given = {
        "client_order_id": "block",
        "instrument": "ACME",
        "side": types_pb2.SIDE_BUY,
        "quantity": "500",
        **more,
    }
    return risk_pb2.OrderOverrideTerms(client=client, limits=[risk_pb2.WaivedLimit(name=limit)], **given)


class World:
    """A core with a limit q.1 of 100, and a desk before it whose clock is the core's and can be put on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.later_ns = 0
        self.terms = TERMS
        self.start()
        limit = risk_pb2.Limit(name="q.1", level="firm", kind=KIND, value="100")
        self.desk.set(risk_pb2.SetLimitsRequest(limits=[limit], reason="test"), "anna")

    def start(self) -> None:
        self.core = _core.Gateway(core_settings(self.folder / "journal"))
        self.desk = LimitDesk(
            self.core,
            self.terms,
            self.folder / "limits.json",
            now_ns=lambda: time.time_ns() + self.later_ns,
        )

    def restart(self) -> None:
        self.core.stop()
        del self.desk, self.core
        self.start()

    def events(self, name: str) -> list[Any]:
        return [
            getattr(event, name)
            for record in _core.JournalReader(self.folder / "journal")
            if record.kind == _core.RecordKind.EVENT
            for event in order_entry_pb2.TradeResponse.FromString(record.payload).events
            if event.HasField(name)  # type: ignore[arg-type]  # the stubs want a literal
        ]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.core.stop()


def test_override_of_an_order_waits_for_a_client_who_is_not_the_orders_own(world: World) -> None:
    outcome = world.desk.grant_order(terms(), "block trade", "anna", 90 * SECOND)
    assert outcome.is_pending
    assert "BUY at most 500 ACME" in outcome.summary
    assert not world.desk.order_overrides
    world.restart()
    for own in ("anna", "alpha", "alpha/Kim"):
        with pytest.raises(OwnChange, match="another client"):
            world.desk.approve(outcome.change_id, own, "me")
    approved = world.desk.approve(outcome.change_id, "bert", "agreed")
    assert approved.lsn > 0
    (granted,) = world.events("order_override_granted")
    assert (granted.granted_by, granted.approved_by, granted.reason) == ("anna", "bert", "block trade")
    assert list(world.desk.order_overrides) == [outcome.change_id]
    with pytest.raises(KeyError):
        world.desk.approve(outcome.change_id, "bert", "twice")
    world.restart()
    assert world.desk.order_overrides[outcome.change_id].order == terms()


def test_override_of_an_order_needs_nobody_where_nobody_is_ever_needed(world: World) -> None:
    world.desk.terms = replace(TERMS, required=False)
    outcome = world.desk.grant_order(terms(), "block trade", "anna", 90 * SECOND)
    assert not outcome.is_pending
    assert list(world.desk.order_overrides) == [outcome.change_id]


def test_override_of_an_order_ends_by_itself_and_by_people(world: World) -> None:
    world.desk.terms = replace(TERMS, required=False)
    first = world.desk.grant_order(terms(), "r", "anna", 90 * SECOND)
    second = world.desk.grant_order(terms(client_order_id="other"), "r", "anna", 90 * SECOND)
    world.desk.end_order_override(second.change_id, "bert", "not needed")
    assert list(world.desk.order_overrides) == [first.change_id]
    world.later_ns = 90 * SECOND
    assert not world.desk.order_overrides
    ended = [(each.override_id, each.ended_by) for each in world.events("order_override_ended")]
    assert ended == [(second.change_id, "bert"), (first.change_id, "")]


def test_request_that_nobody_approves_in_time_is_gone_with_the_override_it_asked_for(world: World) -> None:
    world.desk.grant_order(terms(), "r", "anna", 30 * SECOND)
    world.later_ns = 30 * SECOND
    assert not world.desk.state.pending
    assert not world.events("order_override_granted")


def test_number_of_an_override_is_new_also_where_the_file_was_lost(world: World) -> None:
    world.desk.terms = replace(TERMS, required=False)
    first = world.desk.grant_order(terms(), "r", "anna", 90 * SECOND)
    (world.folder / "limits.json").unlink()
    world.terms = world.desk.terms
    world.restart()
    second = world.desk.grant_order(terms(client_order_id="other"), "r", "anna", 90 * SECOND)
    assert second.change_id > first.change_id


@pytest.mark.parametrize(
    ("order", "told"),
    [
        (terms(client="nobody"), "client: "),
        (terms(limit="none"), "limits: 'none' is not in force"),
        (terms(quantity="many"), "quantity: "),
        (terms(instrument="NONE"), "instrument: "),
        (risk_pb2.OrderOverrideTerms(), "client: "),
    ],
)
def test_garbage_waits_for_nobody(world: World, order: risk_pb2.OrderOverrideTerms, told: str) -> None:
    with pytest.raises(LimitRefused, match=told):
        world.desk.grant_order(order, "r", "anna", 90 * SECOND)
    assert not world.desk.state.pending


def test_override_of_an_order_has_a_longest_time_and_a_reason(world: World) -> None:
    with pytest.raises(LimitRefused, match="override of 1 to 100 s"):
        world.desk.grant_order(terms(), "r", "anna", 101 * SECOND)
    with pytest.raises(LimitRefused, match="reason"):
        world.desk.grant_order(terms(), " ", "anna", SECOND)


class Calls:
    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._channel = channel

    async def __call__(self, client: str, method: str, request: Any, answer: Any) -> Any:
        call: Any = self._channel.unary_unary(
            f"/gateway.v1.Risk/{method}", response_deserializer=answer.FromString
        )
        return await call(request.SerializeToString(), metadata=(("client", client),), timeout=30)

    async def grant(self, caller: str, order: risk_pb2.OrderOverrideTerms) -> risk_pb2.SetLimitsResponse:
        request = limits_pb2.GrantOrderOverrideRequest(order=order, reason="block trade")
        request.duration.FromSeconds(90)
        answer = await self(caller, "GrantOrderOverride", request, limits_pb2.GrantOrderOverrideResponse)
        change: risk_pb2.SetLimitsResponse = answer.change
        return change

    async def approve(self, caller: str, number: int) -> None:
        request = limits_pb2.ApproveLimitChangeRequest(change_id=number, reason="agreed")
        await self(caller, "ApproveLimitChange", request, limits_pb2.ApproveLimitChangeResponse)

    async def changes(self, caller: str) -> Any:
        request = limits_pb2.ListLimitChangesRequest()
        return await self(caller, "ListLimitChanges", request, limits_pb2.ListLimitChangesResponse)

    async def end(self, caller: str, number: int) -> None:
        request = limits_pb2.EndLimitChangeRequest(change_id=number, reason="over")
        await self(caller, "EndLimitChange", request, limits_pb2.EndLimitChangeResponse)


@pytest.fixture
async def calls(world: World) -> AsyncIterator[Calls]:
    access = {
        name: ClientAccess(accounts=frozenset({"A1", "B1"}), rights=ALL_RIGHTS) for name in ("alpha", "beta")
    }
    access["gamma"] = ClientAccess(accounts=frozenset({"B1"}), rights=ALL_RIGHTS - {"risk"})
    access["delta"] = ClientAccess(accounts=frozenset({"B1"}), rights=ALL_RIGHTS)
    server = create_server(world.core, ApiSettings(clients=access), limit_desk=world.desk)
    port = await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Calls(channel)
    await server.stop()


async def refused(call: Any) -> grpc.StatusCode:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    return error.value.code()


async def test_override_of_an_order_is_asked_for_approved_listed_and_ended_over_grpc(calls: Calls) -> None:
    answer = await calls.grant("alpha", terms())
    assert answer.pending
    (waits,) = (await calls.changes("beta")).pending
    assert waits.order == terms()
    assert await refused(calls.approve("alpha", answer.change_id)) is grpc.StatusCode.FAILED_PRECONDITION
    await calls.approve("beta", answer.change_id)
    (granted,) = (await calls.changes("beta")).order_overrides
    assert (granted.override_id, granted.approved_by) == (answer.change_id, "beta")
    await calls.end("beta", answer.change_id)
    assert not (await calls.changes("beta")).order_overrides
    assert await refused(calls.end("beta", answer.change_id)) is grpc.StatusCode.NOT_FOUND


async def test_override_of_an_order_needs_the_right_a_duration_and_limits_that_one_sees(
    calls: Calls, world: World
) -> None:
    assert await refused(calls.grant("gamma", terms())) is grpc.StatusCode.PERMISSION_DENIED
    request = limits_pb2.GrantOrderOverrideRequest(order=terms(), reason="r")
    asked = calls("alpha", "GrantOrderOverride", request, limits_pb2.GrantOrderOverrideResponse)
    assert await refused(asked) is grpc.StatusCode.INVALID_ARGUMENT
    hidden = risk_pb2.Limit(name="a.1", level="account:A1", kind=KIND, value="100")
    world.desk.set(risk_pb2.SetLimitsRequest(limits=[hidden], reason="test"), "anna")
    assert await refused(calls.grant("delta", terms(limit="a.1"))) is grpc.StatusCode.INVALID_ARGUMENT
    asked_by_alpha = await calls.grant("alpha", terms(limit="a.1"))
    assert not (await calls.changes("delta")).pending
    assert await refused(calls.approve("delta", asked_by_alpha.change_id)) is grpc.StatusCode.NOT_FOUND
    assert not world.events("order_override_granted")
    assert isinstance(world.events("risk_decision_recorded")[-1], events_pb2.RiskDecisionRecorded)
