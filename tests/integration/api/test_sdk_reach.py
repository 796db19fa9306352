"""Whatever the API takes the SDK can say: every method and every field of its requests, from both clients.

The methods and fields come from the descriptors, the requests from a server that keeps what the SDK really sent: one
that is new fails here until the SDK has it, or EXCUSED says why not.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

import grpc.aio
import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from gateway.client import (
    AsyncClient,
    BlockingEventStream,
    BlockingWatch,
    Cancel,
    ChargeKind,
    Client,
    CrossingPolicy,
    EventFilter,
    EventStream,
    ExecType,
    GatewayError,
    Limit,
    LimitAction,
    LimitKind,
    LimitReference,
    LimitUnit,
    LinkedOrders,
    LinkKind,
    MarketPhase,
    MarketReferences,
    MassCancel,
    MessageDirection,
    NewOrder,
    OffsetType,
    OrderOverrideTerms,
    OrderStatus,
    OrderTerms,
    PositionAdjustmentKind,
    PositionGroup,
    Replace,
    Settings,
    Side,
    StartCharge,
    StartOfDayPosition,
    StrategyParameter,
    TradingState,
    WaivedLimit,
    Watch,
    Which,
)
from tests.integration.api.echo import RecordingServer
from tests.support.methods import METHODS

EXCUSED: dict[str, str] = {
    "OrderEntry.MassCancel*": "has no id, and could not be sent again: the SDK sends Command.mass_cancel",
    "*:page_token": "later pages are the SDK's business",
    "OrderEntry.SendBatch:commands.*": "the SDK sends a mass cancel so, the others over their own call or the stream",
    "Risk.SetLimits:approved_by": "the gateway reads it nowhere: a second client approves by a call of its own",
    "Orders.WatchOrders:snapshot_before_order_id": "resuming is the SDK's business",
}

NOW = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
ONE = Decimal(1)
TERMS = OrderTerms(
    stop_price=1, display_quantity=1, min_quantity=1, offset=1, offset_type=OffsetType.PRICE, expire_time=NOW,
    expire_date=date(2026, 1, 6), exec_inst="6", target_strategy="1", target_strategy_parameters="p",
    strategy_parameters=(StrategyParameter(name="n", value="v", type=1),),
)  # fmt: skip
ORDER = NewOrder(
    instrument="I", side=Side.BUY, quantity=1, price=1, account="A", strategy="S", venue="V", client_order_id="o",
    terms=TERMS,
)  # fmt: skip
COMMANDS = [
    ORDER,
    Replace(client_order_id="o", order_id=1, quantity=1, price=1, client_request_id="r", terms=TERMS),
    Cancel(client_order_id="o", order_id=1, client_request_id="c"),
    LinkedOrders(kind=LinkKind.BRACKET, orders=(ORDER,), client_request_id="l"),
    MassCancel(account="A", strategy="S", instrument="I", client_request_id="m"),
]
LIMIT = Limit(
    name="n", level="firm", second_level="s", kind=LimitKind.MAX_ORDER_QUANTITY, value=ONE, count=1, window_ns=1,
    unit=next(unit for unit in LimitUnit if unit), reference=next(each for each in LimitReference if each),
    action=LimitAction.WARN, disabled=True, allow_missing_reference=True,
    crossing=next(each for each in CrossingPolicy if each), reserve=1, capital=ONE, include_charges=True,
    currency="USD",
)  # fmt: skip
OVERRIDE = OrderOverrideTerms(
    client="c",
    client_order_id="o",
    instrument="I",
    side=Side.BUY,
    quantity=ONE,
    limits=(WaivedLimit(name="n"),),
)
CHARGE = StartCharge(kind=ChargeKind.COMMISSION, amount=1, currency="USD", type="1")
POSITION = StartOfDayPosition(
    account="A", strategy="S", instrument="I", quantity=1, price=1, charges=(CHARGE,)
)
REFERENCES = MarketReferences(
    bid=1, ask=1, quoted_at=NOW, close=1, closed_at=NOW, average_daily_volume=1, volume_at=NOW, price_band_low=1,
    price_band_high=1, price_band_at=NOW, margin_rate_percent=1, margin_rate_at=NOW,
)  # fmt: skip
FILTER = EventFilter(
    kinds=["order_accepted"], client="c", session="s", order_id=1, accounts=["A"], strategies=["S"], instruments=["I"],
    since=NOW, before=NOW,
)  # fmt: skip
NARROW = {"account": "A", "strategy": "S", "instrument": "I"}
ANY = {"any_client": True, "client": "c"}
POINT = {"after_lsn": 5, "journal": "J"}

WHICH = Which(kinds=["order_accepted"], accounts=["A"], strategies=["S"], instruments=["I"])

CALLS: list[Callable[[Any], Any]] = [
    lambda c: c.submit_many(COMMANDS),
    lambda c: c.submit("I", Side.BUY, 1, price=1, **NARROW_ORDER),
    lambda c: c.replace(
        "o", order_id=1, quantity=1, price=1, client_request_id="r", terms=TERMS, deadline_s=9
    ),
    lambda c: c.cancel("o", order_id=1, client_request_id="c", deadline_s=9),
    lambda c: c.submit_bracket(ORDER, ORDER, ORDER, client_request_id="b", deadline_s=9),
    lambda c: c.mass_cancel(**NARROW, client_request_id="m", deadline_s=9),
    lambda c: c.check_order(ORDER),
    lambda c: c.events(5, which=WHICH, journal="J"),
    lambda c: c.get_order("o", order_id=1, any_client=True),
    lambda c: c.list_orders(
        open_only=True,
        **NARROW,
        venue="V",
        statuses=[OrderStatus.NEW],
        created_from=NOW,
        created_before=NOW,
        **ANY,
    ),
    lambda c: c.list_executions(
        **NARROW, order_id=1, exec_types=[ExecType.TRADE], since=NOW, before=NOW, **ANY
    ),
    lambda c: c.watch_orders(**NARROW, open_only=True, **ANY, **POINT),
    lambda c: c.watch_executions(**NARROW, exec_types=[ExecType.TRADE], **ANY),
    lambda c: c.watch_executions(**POINT),
    lambda c: c.positions("A"),
    lambda c: c.watch_positions(**NARROW),
    lambda c: c.position_sums([PositionGroup.ACCOUNT], "A"),
    lambda c: c.sessions(),
    lambda c: c.session("s"),
    lambda c: c.logon_session("s", "r", person="p"),
    lambda c: c.logout_session("s", "r", person="p"),
    lambda c: c.set_sequence_numbers("s", "r", next_in=1, next_out=1, person="p"),
    lambda c: c.reset_session("s", "r", force=True, person="p"),
    lambda c: c.add_session("y", "r", venues=["V"], person="p"),
    lambda c: c.change_session("y", "r", force=True, person="p"),
    lambda c: c.remove_session("s", "r", force=True, person="p"),
    lambda c: c.session_messages("s", direction=next(each for each in MessageDirection if each)),
    lambda c: c.reload_configuration("r", dry_run=True, force=True, person="p"),
    lambda c: c.trading_states(),
    lambda c: c.set_trading_state("firm", TradingState.HALTED, "r", cancel_open_orders=True),
    lambda c: c.analytics("firm"),
    lambda c: c.limits("firm"),
    lambda c: c.limit_utilization("firm"),
    lambda c: c.set_limits(
        [LIMIT], "r", removed=["n"], replace_all=True, expected_version=1, validate_only=True
    ),
    lambda c: c.grant_override([LIMIT], timedelta(hours=1), "r"),
    lambda c: c.grant_order_override(OVERRIDE, timedelta(hours=1), "r"),
    lambda c: c.limit_changes(),
    lambda c: c.approve_limit_change(1, "r"),
    lambda c: c.end_limit_change(1, "r"),
    lambda c: c.reference_prices(),
    lambda c: c.set_reference_price("I", 1, as_of=NOW, references=REFERENCES),
    lambda c: c.quotes("I"),
    lambda c: c.watch_quotes("I", **POINT),
    lambda c: c.set_rate("EUR", "USD", 1, source="s", as_of_ns=1),
    lambda c: c.rates(),
    lambda c: c.set_market_phase("venue:V", MarketPhase.CLOSED, "r"),
    lambda c: c.market_phases(),
    lambda c: c.resolve_order(1, OrderStatus.CANCELED, "r", cum_quantity=1, average_price=1),
    lambda c: c.adjust_position(
        PositionAdjustmentKind.CORRECTION, "A", "S", "I", 1, 1, "r", charges=[CHARGE]
    ),
    lambda c: c.load_positions("b", [POSITION], "r"),
    lambda c: c.split_positions("I", 2, 1, split_id="s", reason="r"),
    lambda c: c.cancel_orders(**NARROW, **ANY, reason="r"),
    lambda c: c.cancel_order_ids([1], any_client=True, reason="r"),
    lambda c: c.query_events(FILTER, from_lsn=1, to_lsn=2, oldest_first=True),
    lambda c: c.watch_events(FILTER, **POINT),
    lambda c: c.watch_events(after_lsn=None),
    lambda c: c.version(),
    lambda c: c.health(),
    lambda c: c.configuration(),
]
NARROW_ORDER = {
    "account": "A", "strategy": "S", "venue": "V", "client_order_id": "o", "terms": TERMS, "deadline_s": 9,
}  # fmt: skip
SETTINGS = Settings(cancel_on_disconnect_s=1)


@pytest.fixture
async def server() -> AsyncIterator[tuple[RecordingServer, str]]:
    recording, server = RecordingServer(), grpc.aio.server()
    server.add_generic_rpc_handlers((recording,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    yield recording, f"127.0.0.1:{port}"
    await server.stop(None)


async def test_asyncio_client_says_all_that_the_api_takes(server: tuple[RecordingServer, str]) -> None:
    recording, target = server
    async with AsyncClient(target, client="c", track_orders=False, settings=SETTINGS) as client:
        for call in CALLS:
            made = call(client)
            with suppress(GatewayError):
                await (anext(made) if isinstance(made, EventStream | Watch) else made)
    assert not (missing := _missing(recording)), "\n".join(missing)


async def test_blocking_client_says_all_that_the_api_takes(server: tuple[RecordingServer, str]) -> None:
    recording, target = server

    def say() -> None:
        with Client(target, client="c", track_orders=False, settings=SETTINGS) as client:
            for call in CALLS:
                with suppress(GatewayError):
                    made = call(client)
                    if isinstance(made, BlockingEventStream | BlockingWatch):
                        next(made)

    await asyncio.to_thread(say)
    assert not (missing := _missing(recording)), "\n".join(missing)


def _missing(recording: RecordingServer) -> list[str]:
    """What was not said and is not excused: methods, and fields as `Service.Method:path`; and excuses for nothing."""
    missing = []
    for method in METHODS:
        assert method.containing_service is not None
        name = f"{method.containing_service.name}.{method.name}"
        said = {path for request in recording.requests[method.full_name] for path in _set_paths(request)}
        if not recording.requests[method.full_name]:
            missing.append(name)
        missing += [f"{name}:{path}" for path in _paths(method.input_type) if path not in said]
    needless = [excuse for excuse in EXCUSED if not any(fnmatchcase(what, excuse) for what in missing)]
    return needless + [what for what in missing if not any(fnmatchcase(what, each) for each in EXCUSED)]


def _inner(field: FieldDescriptor) -> Descriptor | None:
    """The message of a field, where it is one of the API's."""
    inner = field.message_type
    return inner if inner is not None and inner.full_name.startswith("gateway.") else None


def _paths(descriptor: Descriptor) -> Iterator[str]:
    for field in descriptor.fields:
        yield field.name
        if (inner := _inner(field)) is not None:
            yield from (f"{field.name}.{path}" for path in _paths(inner))


def _set_paths(message: Message) -> Iterator[str]:
    for field, value in message.ListFields():
        yield field.name
        if _inner(field) is not None:
            for each in value if field.is_repeated else [value]:
                yield from (f"{field.name}.{path}" for path in _set_paths(each))
