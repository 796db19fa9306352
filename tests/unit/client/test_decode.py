"""Every field of the API's messages arrives in the SDK's values."""

from dataclasses import fields
from decimal import Decimal

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.client import (
    Analytics,
    AnalyticsUtilization,
    CancelDenial,
    CancelsByOrderId,
    Configuration,
    ConfigurationChange,
    ConfigurationValue,
    CurrencySum,
    Denial,
    DenialCode,
    Health,
    LevelAnalytics,
    Limit,
    LimitChanges,
    LimitCheck,
    LimitInForce,
    LimitOverride,
    LimitsInForce,
    LimitsResult,
    LimitUtilization,
    LinkedOrderResult,
    MarketPhaseInForce,
    MarketReferencesSet,
    Metric,
    Order,
    OrderCheck,
    OrderOverride,
    OrderOverrideTerms,
    PartHealth,
    PendingLimitChange,
    Position,
    PositionCharges,
    PositionsLoaded,
    PositionSum,
    Quote,
    Rate,
    Result,
    Session,
    SessionDetail,
    SessionMessage,
    SessionResult,
    SessionWindow,
    TradingStateInForce,
    Version,
)
from gateway.client.decode import decode
from gateway.client.events import EVENT_TYPES, Event, ExecutionReported, LinkAccepted, decode_event
from gateway.client.limits import encode_limit
from gateway.v1 import admin_pb2 as admin
from gateway.v1 import analytics_pb2 as analytics
from gateway.v1 import control_pb2 as control
from gateway.v1 import events_pb2 as events
from gateway.v1 import limits_pb2 as limit_messages
from gateway.v1 import operations_pb2 as operations
from gateway.v1 import order_entry_pb2 as order_entry
from gateway.v1 import queries_pb2 as queries
from gateway.v1 import risk_pb2 as risk
from gateway.v1 import sessions_pb2 as sessions
from gateway.v1 import types_pb2 as types

BODIES = [field.name for field in events.Event.DESCRIPTOR.oneofs_by_name["body"].fields]

VALUES: list[tuple[type, type[Message]]] = [
    (Denial, types.Denial),
    (Order, types.Order),
    (Position, types.Position),
    (PositionCharges, types.PositionCharges),
    (PositionSum, queries.PositionSum),
    (CurrencySum, queries.CurrencySum),
    (Rate, events.RateSet),
    (Result, order_entry.CommandResult),
    (LinkedOrderResult, order_entry.LinkedOrderResult),
    (Session, queries.Session),
    (Version, admin.GetVersionResponse),
    (Health, admin.GetHealthResponse),
    (PartHealth, admin.PartHealth),
    (Metric, admin.Metric),
    (Configuration, admin.GetConfigurationResponse),
    (ConfigurationValue, admin.ConfigurationValue),
    (TradingStateInForce, events.TradingStateChanged),
    (MarketPhaseInForce, events.MarketPhaseChanged),
    (Limit, risk.Limit),
    (LimitInForce, limit_messages.LimitInForce),
    (LimitsInForce, limit_messages.GetLimitsResponse),
    (LimitUtilization, risk.LimitUtilization),
    (LimitsResult, risk.SetLimitsResponse),
    (LimitChanges, limit_messages.ListLimitChangesResponse),
    (PendingLimitChange, limit_messages.PendingLimitChange),
    (OrderCheck, limit_messages.CheckOrderResponse),
    (LimitCheck, limit_messages.LimitCheck),
    (Quote, control.Quote),
    (MarketReferencesSet, types.MarketReferences),
    (LimitOverride, limit_messages.LimitOverride),
    (OrderOverride, events.OrderOverrideGranted),
    (OrderOverrideTerms, risk.OrderOverrideTerms),
    (Analytics, analytics.GetAnalyticsResponse),
    (LevelAnalytics, analytics.LevelAnalytics),
    (AnalyticsUtilization, analytics.AnalyticsUtilization),
    (SessionDetail, sessions.GetSessionResponse),
    (SessionWindow, sessions.SessionWindow),
    (SessionResult, sessions.SessionCommandResponse),
    (SessionMessage, sessions.SessionMessage),
    (ConfigurationChange, sessions.ConfigurationChange),
    (PositionsLoaded, operations.LoadPositionsResponse),
    (CancelDenial, operations.CancelDenial),
    (CancelsByOrderId, operations.CancelOrdersResponse),
]


def expected_names(message: type[Message]) -> set[str]:
    return {
        field.name + "_ns"
        if field.message_type in (Timestamp.DESCRIPTOR, Duration.DESCRIPTOR)
        else field.name
        for field in message.DESCRIPTOR.fields
    }


@pytest.mark.parametrize(("value", "message"), VALUES, ids=lambda each: each.__name__)
def test_value_has_the_fields_of_its_message(value: type, message: type[Message]) -> None:
    assert {field.name for field in fields(value)} == expected_names(message)


def test_event_types_cover_every_body() -> None:
    assert list(EVENT_TYPES) == BODIES


@pytest.mark.parametrize("body", BODIES)
def test_event_has_the_fields_of_its_body(body: str) -> None:
    ours = {field.name for field in fields(EVENT_TYPES[body])} - {"lsn", "time_ns"}
    assert ours == expected_names(type(getattr(events.Event(), body)))


@pytest.mark.parametrize("body", BODIES)
def test_event_of_every_kind_decodes_empty(body: str) -> None:
    message = events.Event(lsn=5)
    getattr(message, body).SetInParent()
    event = decode_event(message)
    assert type(event) is EVENT_TYPES[body]
    assert event.lsn == 5


def test_event_of_a_newer_gateway_is_a_plain_event() -> None:
    unknown_body = b"\xfa\x7f\x02\x08\x01"  # field 2047
    message = events.Event.FromString(events.Event(lsn=6).SerializeToString() + unknown_body)
    assert decode_event(message) == Event(lsn=6, time_ns=0)


def test_execution_reported_decodes_decimals_and_times() -> None:
    message = events.Event(lsn=8)
    message.time.FromNanoseconds(1_700_000_000_123_456_789)
    report = message.execution_reported
    report.last_quantity = "0.5"
    report.average_price = ""
    report.transact_time.FromNanoseconds(1_700_000_000_000_000_001)
    event = decode_event(message)
    assert isinstance(event, ExecutionReported)
    assert event.time_ns == 1_700_000_000_123_456_789
    assert event.transact_time_ns == 1_700_000_000_000_000_001
    assert event.last_quantity == Decimal("0.5")
    assert event.average_price is None
    assert event.cum_quantity == Decimal(0)


def test_result_of_a_link_names_each_of_its_orders() -> None:
    message = order_entry.CommandResult(link_id=3)
    message.linked_orders.add(order_id=7, cl_ord_id="X7")
    message.linked_orders.add(order_id=8, cl_ord_id="X8")
    result = decode(Result, message)
    assert result.link_id == 3
    assert [order.order_id for order in result.linked_orders] == [7, 8]
    assert result.linked_orders[1] == LinkedOrderResult(order_id=8, cl_ord_id="X8")


def test_link_accepted_holds_its_orders_with_the_event_s_own_place() -> None:
    message = events.Event(lsn=9)
    message.link_accepted.orders.add(order_id=4, quantity="10", link_id=2)
    event = decode_event(message)
    assert isinstance(event, LinkAccepted)
    assert [(order.order_id, order.lsn, order.quantity) for order in event.orders] == [(4, 9, Decimal(10))]


def test_result_without_denial_decodes_to_none() -> None:
    assert decode(Result, order_entry.CommandResult(order_id=1)).denial is None


def test_result_with_denial_decodes_it() -> None:
    message = order_entry.CommandResult(
        denial=types.Denial(code=types.DENIAL_CODE_PRICE_COLLAR, observed="12")
    )
    assert decode(Result, message).denial == Denial(code=DenialCode.PRICE_COLLAR, observed="12")


def test_limit_is_written_with_every_field_that_it_is_read_with() -> None:
    message = risk.Limit(
        name="n", level="firm", second_level="account:A", kind=7, value="1.5", count=3, unit=1, reference=2, action=4,
        disabled=True, allow_missing_reference=True, crossing=2, reserve=5, capital="9",
        include_charges=True, currency="EUR",
    )  # fmt: skip
    message.window.FromMilliseconds(1_500)
    assert {field.name for field, _ in message.ListFields()} == {f.name for f in message.DESCRIPTOR.fields}
    assert encode_limit(decode(Limit, message)) == message
