"""A venue that is down, hangs up or refuses: a coded outcome at the client, and the session comes back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from gateway.client import (
    AsyncClient,
    DenialCode,
    ExecutionReported,
    Order,
    OrderStatus,
    RequestRejected,
    SessionState,
    Side,
)
from gateway.core._core import RecordKind
from tests.integration.gateway.conftest import StartGateway, StartVenue
from tests.integration.gateway.scripted_venue import ScriptedVenue
from tests.integration.gateway.waiting import eventually
from tests.integration.gateway.world import Gateway, free_port, next_event, session_ready

TIMEOUT_S = 20


async def until_status(client: AsyncClient, client_order_id: str, status: OrderStatus) -> Order:
    async def is_shown() -> bool:
        return (await client.get_order(client_order_id)).status is status

    await eventually(is_shown, f"{client_order_id} is {status}")
    return await client.get_order(client_order_id)


async def test_venue_that_is_down_denies_orders_until_it_is_up(
    start_venue: StartVenue, start_gateway: StartGateway
) -> None:
    port = free_port()
    gateway = await start_gateway(port)
    async with gateway.client() as client:
        denied = await client.submit("AAPL", Side.BUY, 10, price="185.00")
        assert denied.denial is not None
        assert denied.denial.code is DenialCode.SESSION_NOT_READY
        (session,) = await client.sessions()
        assert session.state is SessionState.DISCONNECTED
        assert session.reason

        await start_venue("--no-liquidity", port=port)
        await session_ready(client)
        taken = await client.submit("AAPL", Side.BUY, 10, price="185.00")
        assert not taken.denied
        await until_status(client, taken.client_request_id, OrderStatus.NEW)


async def test_attempts_to_connect_come_at_growing_distances(start_gateway: StartGateway) -> None:
    attempts: list[float] = []
    sixth = asyncio.Event()

    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        attempts.append(asyncio.get_running_loop().time())
        writer.close()
        if len(attempts) == 6:
            sixth.set()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        await start_gateway(server.sockets[0].getsockname()[1])
        await asyncio.wait_for(sixth.wait(), TIMEOUT_S)
    assert attempts[5] - attempts[4] > 2 * (attempts[1] - attempts[0])


@pytest.mark.parametrize("message_is", ["lost", "processed"])
async def test_order_that_meets_a_dropped_connection_is_worked_once(
    start_venue: StartVenue, start_gateway: StartGateway, message_is: str
) -> None:
    drop = f"{{after_messages: 2, message_is: {message_is}, times: 1}}"
    venue = await start_venue("--no-liquidity", configuration=f"behaviours: {{drop_connection: {drop}}}\n")
    gateway = await start_gateway(venue.port)
    async with gateway.client() as client:
        await session_ready(client)
        first = await client.submit("AAPL", Side.BUY, 10, price="185.00")
        await until_status(client, first.client_request_id, OrderStatus.NEW)
        second = await client.submit("AAPL", Side.BUY, 20, price="185.00")
        assert not second.denied
        await until_status(client, second.client_request_id, OrderStatus.NEW)
    assert venue.arrivals() == {first.cl_ord_id: 1, second.cl_ord_id: 1}
    connections = [m for m in gateway.messages(RecordKind.MESSAGE_OUT) if m["35"] == "A"]
    assert len(connections) == 2


async def test_order_rejected_by_the_venue_shows_reason_and_text(
    start_venue: StartVenue, start_gateway: StartGateway
) -> None:
    rejects = "behaviours: {reject_symbols: {AAPL: {code: 2, text: exchange closed}}}\n"
    venue = await start_venue("--no-liquidity", configuration=rejects)
    gateway = await start_gateway(venue.port)
    async with gateway.client() as client:
        await session_ready(client)
        async with client.events() as events:
            result = await client.submit("AAPL", Side.BUY, 10, price="185.00")
            assert not result.denied
            event = await next_event(events, ExecutionReported)
        assert event.status is OrderStatus.REJECTED
        assert (event.reject_reason, event.text) == (2, "exchange closed")
        other = await client.submit("MSFT", Side.BUY, 10, price="400.00")
        await until_status(client, other.client_request_id, OrderStatus.NEW)


@contextlib.asynccontextmanager
async def scripted(start_gateway: StartGateway) -> AsyncIterator[tuple[ScriptedVenue, Gateway, AsyncClient]]:
    """A gateway in session with a venue that says what the test tells it to."""
    async with ScriptedVenue() as venue:
        gateway = await start_gateway(venue.port)
        async with gateway.client() as client:
            await session_ready(client)
            yield venue, gateway, client


BUSINESS_REJECT = "35=j|45={34}|372={35}|379={11}|380=6|58=not authorized"
BUSINESS_REJECT_WITHOUT_ID = "35=j|45={34}|372={35}|380=6|58=not authorized"
SESSION_REJECT = "35=3|45={34}|371=38|372={35}|373=5|58=not authorized"
REFUSALS = pytest.mark.parametrize(
    "refusal",
    [BUSINESS_REJECT, BUSINESS_REJECT_WITHOUT_ID, SESSION_REJECT],
    ids=["business-reject", "business-reject-without-id", "session-reject"],
)


def fill_in(text: str, message: dict[str, str]) -> str:
    for tag in ("34", "35", "11"):
        text = text.replace(f"{{{tag}}}", message[tag])
    return text


@REFUSALS
async def test_new_order_refused_outside_of_reports_is_rejected(
    start_gateway: StartGateway, refusal: str
) -> None:
    async with scripted(start_gateway) as (venue, _, client):
        result = await client.submit("AAPL", Side.BUY, 10, price="185.00")
        venue.send(fill_in(refusal, await venue.request("D")))
        async with client.events(0) as events:
            event = await next_event(events, ExecutionReported)
        assert (event.status, event.text) == (OrderStatus.REJECTED, "not authorized")
        order = await client.get_order(result.client_request_id)
        assert order.status is OrderStatus.REJECTED
        assert order.leaves_quantity == 0


@REFUSALS
async def test_cancel_refused_outside_of_reports_leaves_the_order_as_it_was(
    start_gateway: StartGateway, refusal: str
) -> None:
    async with scripted(start_gateway) as (venue, _, client):
        result = await client.submit("AAPL", Side.BUY, 10, price="185.00")
        placed = await venue.request("D")
        venue.acknowledge(placed)
        await until_status(client, result.client_request_id, OrderStatus.NEW)
        cancel = await client.cancel(result.client_request_id)
        venue.send(fill_in(refusal, await venue.request("F")))
        async with client.events(0) as events:
            rejected = await next_event(events, RequestRejected)
        assert rejected.client_request_id == cancel.client_request_id
        assert (rejected.status, rejected.text) == (OrderStatus.NEW, "not authorized")
        venue.fill(placed)
        await until_status(client, result.client_request_id, OrderStatus.FILLED)


async def test_venue_that_hangs_up_before_the_answer_makes_the_order_unknown_until_it_says(
    start_gateway: StartGateway,
) -> None:
    async with scripted(start_gateway) as (venue, gateway, client):
        result = await client.submit("AAPL", Side.BUY, 10, price="185.00")
        placed = await venue.request("D")
        venue.hang_up()
        await until_status(client, result.client_request_id, OrderStatus.UNKNOWN)
        question = await venue.request("H")
        assert question["11"] == placed["11"]
        venue.fill(placed)
        await until_status(client, result.client_request_id, OrderStatus.FILLED)
        await session_ready(client)
        assert gateway.health() == 200
