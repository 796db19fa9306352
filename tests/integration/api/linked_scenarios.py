"""What linked orders do, played on a stage."""

from gateway.client import (
    NewOrder,
    OrderStatus,
    PartialFillPolicy,
    ReleasePolicy,
    Side,
)
from tests.integration.api.stage import Play, Stage, reached
from tests.integration.api.support import TIMEOUT_S

__all__ = ["LINKED_SCENARIOS"]


def linked(name: str, side: Side, price: str, quantity: int = 10) -> NewOrder:
    return NewOrder(
        instrument="ACME", side=side, quantity=quantity, price=price, account="A1", client_order_id=name
    )


async def excludes_the_other_of_a_pair(stage: Stage) -> object:
    client = stage.client
    result = await client.submit_oco(
        linked("c-1", Side.BUY, "9.00"), linked("c-2", Side.BUY, "8.90"), client_request_id="l-1"
    )
    near, far = client.order("c-1"), client.order("c-2")
    await reached(near, OrderStatus.NEW)
    await reached(far, OrderStatus.NEW)
    await stage.fill(near, 4)
    await far.wait(lambda each: each.quantity == 6 and each.status is OrderStatus.NEW, TIMEOUT_S)
    refused = await far.replace(quantity=10, client_request_id="r-1")
    await stage.fill(near, 6)
    again = await client.submit_oco(
        linked("c-1", Side.BUY, "9.00"), linked("c-2", Side.BUY, "8.90"), client_request_id="l-1"
    )
    return result, refused, again, await near.filled(TIMEOUT_S), await far.done(TIMEOUT_S)


async def cancels_the_other_of_a_pair_at_once(stage: Stage) -> object:
    client = stage.client
    await client.submit_oco(
        linked("c-1", Side.BUY, "9.00"),
        linked("c-2", Side.BUY, "8.90"),
        on_partial_fill=PartialFillPolicy.CANCEL,
        client_request_id="l-1",
    )
    near, far = client.order("c-1"), client.order("c-2")
    await reached(near, OrderStatus.NEW)
    await reached(far, OrderStatus.NEW)
    await stage.fill(near, 1)
    return await far.done(TIMEOUT_S), near.snapshot


async def brings_a_position_home(stage: Stage) -> object:
    client = stage.client
    result = await client.submit_bracket(
        linked("c-1", Side.BUY, "9.00"),
        linked("c-2", Side.SELL, "9.50"),
        linked("c-3", Side.SELL, "9.60"),
        client_request_id="l-1",
    )
    entry, profit, stop = (client.order(f"c-{at}") for at in (1, 2, 3))
    await reached(entry, OrderStatus.NEW)
    held = profit.snapshot
    await stage.fill(entry, 10)
    await reached(profit, OrderStatus.NEW)
    await reached(stop, OrderStatus.NEW)
    await stage.fill(profit, 10)
    return result, held, await profit.filled(TIMEOUT_S), await stop.done(TIMEOUT_S)


async def follows_its_parent_in_proportion(stage: Stage) -> object:
    client = stage.client
    await client.submit_oto(
        linked("c-1", Side.BUY, "9.00"),
        linked("c-2", Side.SELL, "9.50", 20),
        release=ReleasePolicy.IN_PROPORTION,
        client_request_id="l-1",
    )
    parent, child = client.order("c-1"), client.order("c-2")
    await reached(parent, OrderStatus.NEW)
    await stage.fill(parent, 3)
    await child.wait(lambda each: each.quantity == 6 and each.status is OrderStatus.NEW, TIMEOUT_S)
    await stage.fill(parent, 7)
    grown = await child.wait(lambda each: each.quantity == 20 and each.status is OrderStatus.NEW, TIMEOUT_S)
    await child.cancel(client_request_id="x-1")
    return grown, await child.done(TIMEOUT_S)


async def ends_what_waits_with_its_parent(stage: Stage) -> object:
    client = stage.client
    await client.submit_oto(
        linked("c-1", Side.BUY, "9.00"),
        linked("c-2", Side.SELL, "9.50"),
        linked("c-3", Side.SELL, "9.60"),
        client_request_id="l-1",
    )
    parent, child, other = (client.order(f"c-{at}") for at in (1, 2, 3))
    await reached(parent, OrderStatus.NEW)
    by_hand = await other.cancel(client_request_id="x-1")
    await other.done(TIMEOUT_S)
    await parent.cancel(client_request_id="x-2")
    return by_hand, await parent.done(TIMEOUT_S), await child.done(TIMEOUT_S)


async def refuses_links_that_cannot_be(stage: Stage) -> object:
    client = stage.client
    buy, sell = linked("c-1", Side.BUY, "9.00"), linked("c-2", Side.SELL, "9.50")
    smaller = linked("c-3", Side.BUY, "8.00", 5)
    return [
        await client.submit_oco(buy, sell, client_request_id="l-1"),
        await client.submit_oco(buy, smaller, client_request_id="l-2"),
        await client.submit_oco(buy, buy, client_request_id="l-3"),
        await client.submit_oto(buy, client_request_id="l-4"),
        await client.submit_bracket(buy, sell, smaller, client_request_id="l-5"),
    ]


LINKED_SCENARIOS: list[Play] = [
    excludes_the_other_of_a_pair,
    cancels_the_other_of_a_pair_at_once,
    brings_a_position_home,
    follows_its_parent_in_proportion,
    ends_what_waits_with_its_parent,
    refuses_links_that_cannot_be,
]
