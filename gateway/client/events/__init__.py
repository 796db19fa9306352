"""The events of the journal as values: match on their type.

    match event:
        case ExecutionReported(exec_type=ExecType.TRADE):
            print(event.instrument, event.last_quantity, event.last_price)

The fields are those of the proto's messages, which document them.
"""

from gateway.client.decode import decode
from gateway.client.events.base import Event
from gateway.client.events.executions import (
    Charge,
    ExecutionOrphaned,
    ExecutionReported,
    ExtraField,
    RequestRejected,
)
from gateway.client.events.gateway import (
    ApiCalled,
    ClientConnected,
    ClientDisconnected,
    GatewayStarted,
    NameRegistered,
)
from gateway.client.events.links import HeldOrderEnded, LinkAccepted, LinkReported
from gateway.client.events.markets import (
    InstrumentDefined,
    InstrumentStatusChanged,
    MarketPhaseChanged,
    RateSet,
    ReferencePriceSet,
)
from gateway.client.events.mass_cancels import (
    MassCancelAnswered,
    MassCancelEnded,
    MassCancelRequested,
    MassCancelTaken,
)
from gateway.client.events.orders import (
    CancelPromiseBroken,
    CancelRequested,
    ExternalOrderAdopted,
    OrderAccepted,
    OrderDenied,
    OrderNotSent,
    OrderReleased,
    OrderResolved,
    OrderUncertain,
    ReplaceRequested,
    RequestDenied,
)
from gateway.client.events.positions import PositionAdjusted
from gateway.client.events.risk import (
    LevelGrouped,
    LimitBreached,
    LimitsChanged,
    OrderOverrideEnded,
    OrderOverrideGranted,
    RiskDecisionRecorded,
    TradingStateChanged,
)
from gateway.client.events.sessions import (
    PasswordChanged,
    SequenceChanged,
    SessionChanged,
    SessionControlled,
    SessionWindowChanged,
)
from gateway.v1 import events_pb2

__all__ = [
    "EVENT_TYPES",
    "ApiCalled",
    "CancelPromiseBroken",
    "CancelRequested",
    "Charge",
    "ClientConnected",
    "ClientDisconnected",
    "Event",
    "ExecutionOrphaned",
    "ExecutionReported",
    "ExternalOrderAdopted",
    "ExtraField",
    "GatewayStarted",
    "HeldOrderEnded",
    "InstrumentDefined",
    "InstrumentStatusChanged",
    "LevelGrouped",
    "LimitBreached",
    "LimitsChanged",
    "LinkAccepted",
    "LinkReported",
    "MarketPhaseChanged",
    "MassCancelAnswered",
    "MassCancelEnded",
    "MassCancelRequested",
    "MassCancelTaken",
    "NameRegistered",
    "OrderAccepted",
    "OrderDenied",
    "OrderNotSent",
    "OrderOverrideEnded",
    "OrderOverrideGranted",
    "OrderReleased",
    "OrderResolved",
    "OrderUncertain",
    "PasswordChanged",
    "PositionAdjusted",
    "RateSet",
    "ReferencePriceSet",
    "ReplaceRequested",
    "RequestDenied",
    "RequestRejected",
    "RiskDecisionRecorded",
    "SequenceChanged",
    "SessionChanged",
    "SessionControlled",
    "SessionWindowChanged",
    "TradingStateChanged",
    "decode_event",
]

EVENT_TYPES: dict[str, type[Event]] = {
    "order_accepted": OrderAccepted,
    "order_denied": OrderDenied,
    "replace_requested": ReplaceRequested,
    "cancel_requested": CancelRequested,
    "request_denied": RequestDenied,
    "execution_reported": ExecutionReported,
    "request_rejected": RequestRejected,
    "order_uncertain": OrderUncertain,
    "order_not_sent": OrderNotSent,
    "execution_orphaned": ExecutionOrphaned,
    "instrument_defined": InstrumentDefined,
    "rate_set": RateSet,
    "external_order_adopted": ExternalOrderAdopted,
    "order_resolved": OrderResolved,
    "position_adjusted": PositionAdjusted,
    "link_accepted": LinkAccepted,
    "held_order_ended": HeldOrderEnded,
    "link_reported": LinkReported,
    "mass_cancel_requested": MassCancelRequested,
    "mass_cancel_answered": MassCancelAnswered,
    "mass_cancel_ended": MassCancelEnded,
    "cancel_promise_broken": CancelPromiseBroken,
    "session_changed": SessionChanged,
    "sequence_changed": SequenceChanged,
    "session_controlled": SessionControlled,
    "session_window_changed": SessionWindowChanged,
    "order_released": OrderReleased,
    "password_changed": PasswordChanged,
    "trading_state_changed": TradingStateChanged,
    "reference_price_set": ReferencePriceSet,
    "limits_changed": LimitsChanged,
    "instrument_status_changed": InstrumentStatusChanged,
    "limit_breached": LimitBreached,
    "risk_decision_recorded": RiskDecisionRecorded,
    "name_registered": NameRegistered,
    "gateway_started": GatewayStarted,
    "api_called": ApiCalled,
    "client_connected": ClientConnected,
    "client_disconnected": ClientDisconnected,
    "order_override_granted": OrderOverrideGranted,
    "order_override_ended": OrderOverrideEnded,
    "level_grouped": LevelGrouped,
    "market_phase_changed": MarketPhaseChanged,
    "mass_cancel_taken": MassCancelTaken,
}
"""By the name of the proto's field in Event.body."""


def decode_event(message: events_pb2.Event) -> Event:
    """Make an event from its message."""
    time_ns = message.time.seconds * 1_000_000_000 + message.time.nanos
    name = message.WhichOneof("body")
    if name is None:
        return Event(lsn=message.lsn, time_ns=time_ns)
    given: dict[str, object] = {"lsn": message.lsn, "time_ns": time_ns}
    if name == "link_accepted":
        orders = message.link_accepted.orders
        given["orders"] = tuple(decode(OrderAccepted, order, **given) for order in orders)
    return decode(EVENT_TYPES[name], getattr(message, name), **given)
