"""Every ready scenario against the real gateway: the faults happen, and the books agree afterwards.

One venue and one gateway serve them all; each scenario is put in place over the control service and takes orders of its
own. What is compared is what the scenario may have changed: its orders, and how far the positions moved.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import grpc
import pytest
import pytest_asyncio

from gateway.client import AsyncClient, OrderStatus, Side
from ops.demo.configuration import SessionTerms
from sim.catalogue import catalogue_names
from sim.control.v1 import control_pb2 as pb
from sim.control.v1 import control_pb2_grpc
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import SIM_COMP_ID, Gateway, Venue, session_ready, stop_all

pytestmark = pytest.mark.asyncio(loop_scope="module")

TIMEOUT_S = 30.0
"""Longer than the ten seconds after which a missing execution is inferred."""
CANCELS = {
    "cancel-crosses-fill",
    "cancel-refused-as-unknown",
    "cancel-lost-with-the-connection",
    "cancel-answer-lost",
    "cancel-held",
}
REPLACES = {"fill-during-replace", "full-fill-during-replace", "replace-answer-lost", "replace-rejected"}
TWO_ORDERS = {"venue-stops-reading"}
IN_DOUBT = {
    "venue-forgets-orders": "the venue denies an order that it had acknowledged: a person decides",
}
"""Scenarios after which the gateway's books and the venue's differ today, and why. What must hold all the same: the
faults happen, the order arrives once, the gateway goes on, and it makes nothing up."""


@dataclass
class World:
    venue: Venue
    gateway: Gateway
    client: AsyncClient
    control: Any

    async def play(self, name: str) -> None:
        await self.control.Play(pb.PlayRequest(name=name))

    async def verdict(self) -> Any:
        return await self.control.Verdict(pb.VerdictRequest())


class Book:
    """What both sides say of a scenario's orders, and of how far the positions moved since it began."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._gateway_before: dict[str, Decimal] = {}
        self._venue_before: dict[str, Decimal] = {}

    async def begin(self) -> None:
        self._gateway_before = await self._gateway_positions()
        self._venue_before = self._venue_positions()

    async def differences(self, orders: dict[str, str]) -> list[str]:
        """Compare; `orders` gives the ClOrdID(11) of each client order id."""
        ledger = self._world.venue.ledger()
        entries = {entry["cl_ord_ids"][0]: entry for entry in ledger["orders"]}
        arrivals = ledger["new_order_arrivals"].get("GATEWAY", {})
        found = [
            f"{c} arrived {arrivals.get(c, 0)} times" for c in orders.values() if arrivals.get(c, 0) != 1
        ]
        for client_order_id, cl_ord_id in orders.items():
            order = await self._world.client.get_order(client_order_id)
            entry = entries.get(cl_ord_id)
            if entry is None:
                found.append(f"{cl_ord_id} is unknown at the venue and {order.status} here")
                continue
            here = (order.cum_quantity, order.is_open)
            there = (Decimal(entry["cum_quantity"]), bool(entry["open"]))
            if here != there:
                found.append(f"{cl_ord_id}: {here} {order.status} here, {there} {entry['status']} there")
        moved_here = _moved(self._gateway_before, await self._gateway_positions())
        moved_there = _moved(self._venue_before, self._venue_positions())
        if moved_here != moved_there:
            found.append(f"positions moved {moved_here} here and {moved_there} there")
        return found

    async def _gateway_positions(self) -> dict[str, Decimal]:
        return {p.instrument: p.net_quantity for p in await self._world.client.positions()}

    def _venue_positions(self) -> dict[str, Decimal]:
        ledger = self._world.venue.ledger()
        return {p["symbol"]: Decimal(p["net"]) for p in ledger["positions"] if p["comp_id"] == "GATEWAY"}


def _moved(before: dict[str, Decimal], after: dict[str, Decimal]) -> dict[str, Decimal]:
    moved = {s: after.get(s, Decimal(0)) - before.get(s, Decimal(0)) for s in before.keys() | after.keys()}
    return {symbol: by for symbol, by in moved.items() if by}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder: Path = tmp_path_factory.mktemp("catalogue")
    venue = Venue(folder, "--no-liquidity", "--control-port", 0)
    await venue.start()
    assert venue.child is not None
    where = await venue.child.wait_for(lambda: venue.child.line_after("control on "), "the control port")
    gateway = Gateway(folder, SessionTerms(SIM_COMP_ID, venue.port))
    await gateway.start()
    async with grpc.aio.insecure_channel(where) as channel, gateway.client() as client:
        await session_ready(client)
        yield World(venue, gateway, client, control_pb2_grpc.ControlStub(channel))
    await stop_all(gateway, venue)


async def send_what_the_scenario_needs(world: World, name: str) -> dict[str, str]:
    """Do the client's part; gives the orders' ids."""
    client, orders = world.client, {}
    for _ in range(2 if name in TWO_ORDERS else 1):
        result = await client.submit("AAPL", Side.BUY, 100, price="185.00")
        assert not result.denied, result
        orders[result.client_request_id] = result.cl_ord_id
    if name not in CANCELS | REPLACES:
        return orders
    (order_id,) = orders

    async def works() -> bool:
        return (await client.get_order(order_id)).status is OrderStatus.NEW

    await eventually(works, "the order works", TIMEOUT_S)
    if name in CANCELS:
        await client.cancel(order_id)
    else:
        await client.replace(order_id, quantity=150, price="185.00")
    return orders


@pytest.mark.parametrize("name", [n for n in catalogue_names() if n not in IN_DOUBT])
async def test_books_agree_after_the_scenario(world: World, name: str) -> None:
    await session_ready(world.client)
    book = Book(world)
    await book.begin()
    await world.play(name)
    orders = await send_what_the_scenario_needs(world, name)

    async def has_passed() -> bool:
        if (await world.control.State(pb.StateRequest())).pending:
            return False
        verdict = await world.verdict()
        assert verdict.outcome != pb.VerdictResponse.OUTCOME_FAILED, verdict
        return bool(verdict.outcome == pb.VerdictResponse.OUTCOME_PASSED)

    await eventually(has_passed, f"{name}: the faults happened and the expectations are met", TIMEOUT_S)
    last: list[str] = []

    async def agree() -> bool:
        last[:] = await book.differences(orders)
        return not last

    try:
        await eventually(agree, f"{name}: the books agree", TIMEOUT_S)
    except AssertionError:
        raise AssertionError(f"{name}: {'; '.join(last)}") from None
    await session_ready(world.client)
    assert all(rule.fired for rule in (await world.verdict()).rules if "must_fire" not in rule.json)


@pytest.mark.parametrize("name", sorted(IN_DOUBT))
async def test_nothing_is_made_up_where_the_truth_is_lost(world: World, tmp_path: Path, name: str) -> None:
    """With a gateway and a venue of their own: what differs afterwards must not disturb another scenario."""
    venue = Venue(tmp_path, "--no-liquidity", "--scenario", name)
    gateway = Gateway(tmp_path, SessionTerms(SIM_COMP_ID, venue.port))
    await venue.start()
    await gateway.start()
    try:
        async with gateway.client() as client:
            await session_ready(client)
            result = await client.submit("AAPL", Side.BUY, 100, price="185.00")

            def all_fired() -> bool:
                return all(rule["fired"] for rule in venue.verdict()["rules"] if rule["must_fire"])

            await eventually(all_fired, "the faults happened", TIMEOUT_S)
            assert venue.arrivals() == {result.cl_ord_id: 1}
            if name == "venue-forgets-orders":

                async def is_in_doubt() -> bool:
                    order = await client.get_order(result.client_request_id)
                    return order.status is OrderStatus.UNKNOWN and order.cum_quantity == 40

                await eventually(is_in_doubt, "the order is shown as unknown", TIMEOUT_S)
            order = await client.get_order(result.client_request_id)
            traded = sum(Decimal(t["quantity"]) for t in venue.ledger()["trades"])
            busted = sum(Decimal(t["quantity"]) for t in venue.ledger().get("busted", []))
            assert order.cum_quantity <= traded + busted, "no fill was made up"
            assert gateway.health() == 200
    finally:
        await stop_all(gateway, venue)
