"""What overrides of one order, and of one replace, do, played on a stage."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from gateway.client import (
    AsyncClient,
    GatewayError,
    Limit,
    LimitKind,
    NewOrder,
    OrderOverrideTerms,
    OrderStatus,
    Side,
    TradingState,
    WaivedLimit,
)
from tests.integration.api.stage import Stage, reached
from tests.integration.api.support import TIMEOUT_S

__all__ = ["APPROVED_SCENARIOS", "OVERRIDE_SCENARIOS", "OverridePlay", "OverrideStage"]

SIZE = Limit(name="size", level="account:A1", kind=LimitKind.MAX_ORDER_QUANTITY, value=Decimal(50))
WORTH = Limit(name="worth", level="account:A1", kind=LimitKind.MAX_ORDER_NOTIONAL, value=Decimal(1000))
NET = Limit(name="net", level="account:A1", kind=LimitKind.POSITION, value=Decimal(100))
PRICE = "9.00"
HOLD = timedelta(minutes=5)


@dataclass(frozen=True)
class OverrideStage:
    """A stage, and another client who may approve."""

    stage: Stage
    officer: AsyncClient

    @property
    def client(self) -> AsyncClient:
        return self.stage.client


OverridePlay = Callable[[OverrideStage], Awaitable[object]]


def terms(
    name: str,
    quantity: int = 60,
    *waived: str,
    side: Side = Side.BUY,
    instrument: str = "ACME",
    client: str = "alpha",
) -> OrderOverrideTerms:
    return OrderOverrideTerms(
        client=client,
        client_order_id=name,
        instrument=instrument,
        side=side,
        quantity=Decimal(quantity),
        limits=tuple(WaivedLimit(name=each) for each in waived or ("size",)),
    )


async def submitted(at: OverrideStage, name: str, quantity: int = 60, side: Side = Side.BUY) -> object:
    price = PRICE if side is Side.BUY else "9.50"
    order = await at.client.submit("ACME", side, quantity, price=price, client_order_id=name)
    if not order.denied:
        await reached(order, OrderStatus.NEW)
    return order.result, order.snapshot


async def check(at: OverrideStage, name: str, quantity: int = 60) -> object:
    asked = NewOrder(
        instrument="ACME", side=Side.BUY, quantity=quantity, price=PRICE, account="A1", client_order_id=name
    )
    answer = await at.client.check_order(asked)
    limits = sorted(
        (each.name, each.holds, each.waived) for each in answer.limits if each.name in ("size", "worth")
    )
    return answer.passes, answer.denial, answer.override_id, limits


async def refusal(call: Awaitable[object]) -> object:
    """How a call is refused: by what status. What it says is each side's own."""
    try:
        await call
    except GatewayError as error:
        return type(error).__name__, getattr(error, "code", None)
    return "not refused"


async def order_passes_once_by_its_override(at: OverrideStage) -> object:
    await at.client.set_limits([SIZE], "test")
    found = [await submitted(at, "c-1"), await check(at, "c-2")]
    granted = await at.client.grant_order_override(terms("c-2"), HOLD, "a block")
    found += [
        granted.pending,
        granted.change_id,
        granted.summary,
        await check(at, "c-2"),
        await check(at, "c-3"),
    ]
    (shown,) = (await at.client.limit_changes()).order_overrides
    found += [shown.override_id, shown.order, shown.granted_by, shown.approved_by, shown.reason]
    found += [await submitted(at, "c-2"), (await at.client.limit_changes()).order_overrides]
    found += [await submitted(at, "c-2"), await submitted(at, "c-3")]
    return found


async def override_is_for_its_terms_alone(at: OverrideStage) -> object:
    await at.client.set_limits([SIZE], "test")
    await at.client.grant_order_override(terms("larger"), HOLD, "test")
    await at.client.grant_order_override(terms("other side", side=Side.SELL), HOLD, "test")
    await at.client.grant_order_override(terms("elsewhere", instrument="OTHER"), HOLD, "test")
    await at.client.grant_order_override(terms("smaller"), HOLD, "test")
    found = [
        await submitted(at, "larger", 61),
        await submitted(at, "other side"),
        await submitted(at, "elsewhere"),
    ]
    found += [await submitted(at, "smaller", 55)]
    left = (await at.client.limit_changes()).order_overrides
    return found, [each.order.client_order_id for each in left]


async def order_that_passes_by_itself_leaves_its_override(at: OverrideStage) -> object:
    await at.client.set_limits([SIZE], "test")
    await at.client.grant_order_override(terms("c-1"), HOLD, "test")
    found = await submitted(at, "c-1", 50)
    return found, len((await at.client.limit_changes()).order_overrides)


async def limit_that_is_not_waived_denies_by_its_name(at: OverrideStage) -> object:
    await at.client.set_limits([SIZE, WORTH], "test")
    await at.client.grant_order_override(terms("c-1", 200), HOLD, "test")
    found = [await check(at, "c-1", 200), await submitted(at, "c-1", 200)]
    await at.client.grant_order_override(terms("c-2", 200, "size", "worth"), HOLD, "test")
    return found, await check(at, "c-2", 200), await submitted(at, "c-2", 200)


async def halt_is_waived_by_nothing(at: OverrideStage) -> object:
    await at.client.set_limits([SIZE], "test")
    await at.client.grant_order_override(terms("c-1"), HOLD, "test")
    await at.client.set_trading_state("account:A1", TradingState.HALTED, "test")
    denied = await submitted(at, "c-1")
    await at.client.set_trading_state("account:A1", TradingState.ACTIVE, "test over")
    return denied, len((await at.client.limit_changes()).order_overrides)


async def replace_is_judged_by_trading_states(at: OverrideStage) -> object:
    client = at.client
    await client.set_limits([SIZE], "test")
    await submitted(at, "c-1", 10)
    await client.grant_order_override(terms("r-2"), HOLD, "test")
    order = client.order("c-1")
    found = []
    for number, state in enumerate((TradingState.HALTED, TradingState.REDUCING)):
        await client.set_trading_state("account:A1", state, "test")
        found += [
            await order.replace(quantity=quantity, client_request_id=f"r-{number}-{quantity}")
            for quantity in (60, 11)
        ]
    await client.set_trading_state("account:A1", TradingState.ACTIVE, "test over")
    return found, order.snapshot


async def replace_passes_by_an_override_of_its_own(at: OverrideStage) -> object:
    client = at.client
    await client.set_limits([SIZE], "test")
    await submitted(at, "c-1", 40)
    order = client.order("c-1")
    found: list[object] = [await order.replace(quantity=80, client_request_id="r-1")]
    await client.grant_order_override(terms("r-2", 80), HOLD, "test")
    found.append(await order.replace(quantity=80, client_request_id="r-2"))
    await order.wait(lambda each: each.quantity == 80 and each.status is OrderStatus.NEW, TIMEOUT_S)
    # What its order has passed by does not count for it, also of the price alone.
    found.append(await order.replace(price="9.01", client_request_id="r-3"))
    found.append(await order.replace(quantity=50, client_request_id="r-4"))
    await order.wait(lambda each: each.quantity == 50 and each.status is OrderStatus.NEW, TIMEOUT_S)
    return found, order.snapshot, (await client.limit_changes()).order_overrides


async def replace_that_makes_nothing_worse_needs_none(at: OverrideStage) -> object:
    client = at.client
    await client.set_limits([NET], "test")
    await client.grant_order_override(terms("c-1", 120, "net"), HOLD, "test")
    await submitted(at, "c-1", 120)
    order = client.order("c-1")
    found: list[object] = [await order.replace(quantity=121, client_request_id="r-1")]
    found.append(await order.replace(quantity=110, client_request_id="r-2"))
    await order.wait(lambda each: each.quantity == 110 and each.status is OrderStatus.NEW, TIMEOUT_S)
    return found, order.snapshot


async def linked_orders_pass_by_none(at: OverrideStage) -> object:
    def linked(name: str, price: str) -> NewOrder:
        return NewOrder(
            instrument="ACME", side=Side.BUY, quantity=60, price=price, account="A1", client_order_id=name
        )

    await at.client.set_limits([SIZE], "test")
    await at.client.grant_order_override(terms("c-1"), HOLD, "test")
    return await at.client.submit_oco(linked("c-1", "9.00"), linked("c-2", "8.90"), client_request_id="l-1")


async def override_is_taken_back(at: OverrideStage) -> object:
    await at.client.set_limits([SIZE], "test")
    granted = await at.client.grant_order_override(terms("c-1"), HOLD, "test")
    await at.client.end_limit_change(granted.change_id, "not needed")
    again = await refusal(at.client.end_limit_change(granted.change_id, "not needed"))
    return again, await submitted(at, "c-1")


async def override_that_cannot_be_is_refused(at: OverrideStage) -> object:
    client = at.client
    await client.set_limits([SIZE], "test")
    await submitted(at, "taken", 10)
    await client.grant_order_override(terms("twice"), HOLD, "test")
    wrong = [
        terms("twice"),
        terms("taken"),
        terms(""),
        terms("x" * 41),
        terms("c-1", 0),
        terms("c-1", 60, "none"),
    ]
    found = [await refusal(client.grant_order_override(each, HOLD, "test")) for each in wrong]
    found.append(await refusal(client.grant_order_override(terms("c-1"), timedelta(), "test")))
    found.append(await refusal(client.grant_order_override(terms("c-1"), timedelta(days=2), "test")))
    found.append(await refusal(client.grant_order_override(terms("c-1"), HOLD, " ")))
    return found, len((await client.limit_changes()).order_overrides)


async def override_waits_for_another_client(at: OverrideStage) -> object:
    client, officer = at.client, at.officer
    asked = await client.grant_order_override(terms("c-1"), HOLD, "a block")
    (waits,) = (await officer.limit_changes()).pending
    found: list[object] = [
        asked.pending,
        asked.change_id,
        asked.summary,
        waits.proposed_by,
        waits.order,
        waits.summary,
    ]
    found += [await submitted(at, "c-0"), await refusal(client.approve_limit_change(asked.change_id, "mine"))]
    made = await officer.approve_limit_change(asked.change_id, "agreed")
    found += [made.pending, made.change_id, await check(at, "c-1"), await submitted(at, "c-1")]
    refused = await client.grant_order_override(terms("c-2"), HOLD, "one more")
    await officer.end_limit_change(refused.change_id, "no")
    found += [await submitted(at, "c-2"), (await officer.limit_changes()).pending]
    # Who it is for cannot approve it, whoever has asked.
    theirs = await officer.grant_order_override(terms("c-3"), HOLD, "for them")
    found.append(await refusal(client.approve_limit_change(theirs.change_id, "mine")))
    return found


OVERRIDE_SCENARIOS: list[OverridePlay] = [
    order_passes_once_by_its_override,
    override_is_for_its_terms_alone,
    order_that_passes_by_itself_leaves_its_override,
    limit_that_is_not_waived_denies_by_its_name,
    halt_is_waived_by_nothing,
    replace_is_judged_by_trading_states,
    replace_passes_by_an_override_of_its_own,
    replace_that_makes_nothing_worse_needs_none,
    linked_orders_pass_by_none,
    override_is_taken_back,
    override_that_cannot_be_is_refused,
]
APPROVED_SCENARIOS: list[OverridePlay] = [override_waits_for_another_client]
"""Where changes that loosen wait; the limit `size` is there already."""
