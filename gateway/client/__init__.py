"""The SDK: trade through a gateway, with asyncio or blocking.

Needs grpc and the generated messages of gateway.v1, nothing else of the gateway.
"""

from gateway.client.aio import AsyncClient
from gateway.client.blocking import BlockingEventStream, Client
from gateway.client.commands import Cancel, Command, IdFactory, NewOrder, Replace
from gateway.client.connection import Settings
from gateway.client.decimals import Number
from gateway.client.enums import (
    DenialCode,
    ExecType,
    NameKind,
    OrderStatus,
    OrderType,
    SessionAction,
    SessionState,
    Side,
    TimeInForce,
    TradingState,
)
from gateway.client.errors import (
    ClientClosedError,
    DeniedError,
    EventsLostError,
    GatewayError,
    NotSentError,
    OutcomeUnknownError,
    RefusedError,
    UnavailableError,
)
from gateway.client.event_stream import EventStream
from gateway.client.events import (
    CancelRequested,
    Event,
    ExecutionOrphaned,
    ExecutionReported,
    GatewayStarted,
    NameRegistered,
    OrderAccepted,
    OrderDenied,
    OrderNotSent,
    OrderUncertain,
    ReferencePriceSet,
    ReplaceRequested,
    RequestDenied,
    RequestRejected,
    SequenceChanged,
    SessionChanged,
    SessionControlled,
    SessionWindowChanged,
    TradingStateChanged,
)
from gateway.client.model import Denial, Order, Position, Result, Session, TradingStateResult
from gateway.client.tracking import LiveOrder

__all__ = [
    "AsyncClient",
    "BlockingEventStream",
    "Cancel",
    "CancelRequested",
    "Client",
    "ClientClosedError",
    "Command",
    "Denial",
    "DenialCode",
    "DeniedError",
    "Event",
    "EventStream",
    "EventsLostError",
    "ExecType",
    "ExecutionOrphaned",
    "ExecutionReported",
    "GatewayError",
    "GatewayStarted",
    "IdFactory",
    "LiveOrder",
    "NameKind",
    "NameRegistered",
    "NewOrder",
    "NotSentError",
    "Number",
    "Order",
    "OrderAccepted",
    "OrderDenied",
    "OrderNotSent",
    "OrderStatus",
    "OrderType",
    "OrderUncertain",
    "OutcomeUnknownError",
    "Position",
    "ReferencePriceSet",
    "RefusedError",
    "Replace",
    "ReplaceRequested",
    "RequestDenied",
    "RequestRejected",
    "Result",
    "SequenceChanged",
    "Session",
    "SessionAction",
    "SessionChanged",
    "SessionControlled",
    "SessionState",
    "SessionWindowChanged",
    "Settings",
    "Side",
    "TimeInForce",
    "TradingState",
    "TradingStateChanged",
    "TradingStateResult",
    "UnavailableError",
]
