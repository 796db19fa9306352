"""Several endpoints, and gateways that are not the one that knows the ids."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest

from gateway.client import (
    AsyncClient,
    Client,
    EventsLostError,
    EventStream,
    GatewayError,
    OrderAccepted,
    OutcomeUnknownError,
    Settings,
    Side,
)
from tests.integration.api.relay import Relay
from tests.integration.api.support import TIMEOUT_S, Gateway, Venue

QUICK = Settings(backoff_min_s=0.001, backoff_max_s=0.05, stream_timeout_s=1, command_timeout_s=TIMEOUT_S)


@pytest.fixture
async def other(gateway: Gateway, venue: Venue, tmp_path: Path) -> AsyncIterator[Gateway]:
    """A gateway with a journal of its own, which is named by the second that it began in."""
    for attempt in count():
        other = Gateway(tmp_path / f"other-{attempt}", venue.port)
        await other.start()
        if other.core.journal_id() != gateway.core.journal_id():
            break
        await other.stop()
    yield other
    await other.stop()


async def submit(client: AsyncClient, name: str) -> None:
    order = await client.submit("ACME", Side.BUY, 1, price="5.00", client_order_id=name)
    order.raise_if_denied()


async def test_endpoint_that_is_gone_is_left_for_the_next(gateway: Gateway, venue: Venue) -> None:
    async with Relay(gateway.port) as first, Relay(gateway.port) as second:
        targets = [first.target, second.target]
        async with AsyncClient(
            targets, client="alpha", account="A1", strategy="test", settings=QUICK
        ) as client:
            seen: list[str] = []

            async def follow() -> None:
                async for event in client.events(0):
                    if isinstance(event, OrderAccepted):
                        seen.append(event.client_order_id)
                        if event.client_order_id == "c-3":
                            return

            following = asyncio.create_task(follow())
            await submit(client, "c-1")
            first.refuse()
            await submit(client, "c-2")
            assert second.accepted
            second.refuse()
            first.admit()
            order = await client.submit("ACME", Side.BUY, 1, price="5.00", client_order_id="c-3")
            await asyncio.wait_for(following, TIMEOUT_S)
            assert seen == ["c-1", "c-2", "c-3"]
            assert client.order("c-3") is order
            assert (await client.get_order("c-2")).is_open
    assert set(venue.new_order_arrivals(gateway.comp_id).values()) == {1}


async def test_endpoint_that_answers_nothing_is_left_for_the_next(gateway: Gateway) -> None:
    async with Relay(gateway.port) as silent:
        silent.swallow()
        targets = [silent.target, gateway.target]
        async with AsyncClient(
            targets, client="alpha", account="A1", strategy="test", settings=QUICK
        ) as client:
            await submit(client, "c-1")


async def test_blocking_client_takes_several_endpoints(gateway: Gateway) -> None:
    def trade() -> bool:
        targets = ["127.0.0.1:1", gateway.target]
        with Client(targets, client="alpha", account="A1", strategy="test", settings=QUICK) as client:
            return client.submit("ACME", Side.BUY, 1, price="5.00").is_open

    assert await asyncio.to_thread(trade)


async def test_command_that_may_be_done_is_not_sent_to_a_gateway_with_another_journal(
    gateway: Gateway, other: Gateway, venue: Venue
) -> None:
    async with (
        Relay(gateway.port) as relay,
        AsyncClient(relay.target, client="alpha", account="A1", strategy="test", settings=QUICK) as client,
    ):
        await submit(client, "c-1")
        events = client.events(0)
        await anext(events)
        relay.withhold_answers()
        ambiguous = asyncio.create_task(submit(client, "c-2"))
        await known(gateway, "c-2")
        relay.turn_to(other.port)
        with pytest.raises(OutcomeUnknownError, match="journal"):
            await ambiguous
        with pytest.raises(EventsLostError, match="journal"):
            await drain(events)
        await submit(client, "c-3")  # what was not sent before goes to the gateway that is there
    assert len(venue.new_order_arrivals(gateway.comp_id)) == 2
    assert len(venue.new_order_arrivals(other.comp_id)) == 1


async def test_command_with_a_deadline_is_not_repeated_to_another_journal_either(
    gateway: Gateway, other: Gateway, venue: Venue
) -> None:
    async with (
        Relay(gateway.port) as relay,
        AsyncClient(relay.target, client="alpha", account="A1", strategy="test", settings=QUICK) as client,
    ):
        relay.withhold_answers()
        ambiguous = asyncio.create_task(
            client.submit("ACME", Side.BUY, 1, price="5.00", client_order_id="c-1", deadline_s=TIMEOUT_S)
        )
        await known(gateway, "c-1")
        relay.turn_to(other.port)
        with pytest.raises(OutcomeUnknownError, match="journal"):
            await ambiguous
    assert venue.new_order_arrivals(other.comp_id) == {}


async def test_endpoints_that_all_keep_other_journals_end_the_client(
    gateway: Gateway, other: Gateway
) -> None:
    async with Relay(gateway.port) as relay:
        targets = [relay.target, other.target]
        async with AsyncClient(
            targets, client="alpha", account="A1", strategy="test", settings=QUICK
        ) as client:
            await submit(client, "c-1")
            relay.turn_to(other.port)
            with pytest.raises(GatewayError, match="journal"):
                await submit(client, "c-2")


async def known(gateway: Gateway, name: str) -> None:
    """Wait until the gateway has the order."""
    async with asyncio.timeout(TIMEOUT_S):
        async for _ in gateway_commits(gateway):
            if gateway.core.order("alpha", 0, name) is not None:
                return


async def gateway_commits(gateway: Gateway) -> AsyncIterator[int]:
    """Yields whenever something was committed."""
    async with AsyncClient(gateway.target, client="alpha") as watching:
        async for event in watching.events(0):
            yield event.lsn


async def drain(events: EventStream) -> None:
    async for _ in events:
        pass
