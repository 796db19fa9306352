"""The events of the journal as values: match on their type.

    match event:
        case ExecutionReported(exec_type=ExecType.TRADE):
            print(event.instrument, event.last_quantity, event.last_price)

The fields are those of the proto's messages, which document them.
"""

from dataclasses import dataclass
from decimal import Decimal

from gateway.client.decode import decode
from gateway.client.enums import (
    ChargeKind,
    DenialCode,
    ExecType,
    LimitAction,
    LimitKind,
    LinkKind,
    LinkProblem,
    MarketPhase,
    NameKind,
    OrderStatus,
    OrderType,
    PartialFillPolicy,
    PositionAdjustmentKind,
    ReleasePolicy,
    RiskDecision,
    SessionAction,
    SessionState,
    Side,
    TimeInForce,
    TradingState,
)
from gateway.client.limits import LimitChange, OrderOverrideTerms
from gateway.client.model import Denial
from gateway.client.references import MarketReferencesSet
from gateway.client.terms import OrderTerms
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that became true. An event of a kind that this SDK does not know is of this type itself."""

    lsn: int
    time_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderAccepted(Event):
    """An order passed validation and risk, and was sent."""

    order_id: int
    client_order_id: str
    cl_ord_id: str
    client: str
    account: str
    strategy: str
    instrument: str
    venue: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal | None
    request_id: int
    content_hash: int
    terms: OrderTerms | None = None
    link_id: int = 0
    waiting: bool = False
    """It waits for its session's throttle: OrderReleased or OrderNotSent follows."""
    requested_quantity: Decimal | None = None
    """What was asked for, where a limit reduced it to `quantity`."""
    resized_by: str = ""
    """Name of that limit."""
    reference_price: Decimal | None = None
    """What an order without a price was valued at."""
    override_id: int = 0
    """The override by which it passed limits that it does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDenied(Event):
    """An order was refused by the gateway and never sent; its terms as far as they were understood."""

    order_id: int
    client_order_id: str
    client: str
    account: str
    strategy: str
    instrument: str
    venue: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal | None
    request_id: int
    content_hash: int
    denial: Denial


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceRequested(Event):
    """A replace was sent."""

    order_id: int
    client_request_id: str
    cl_ord_id: str
    orig_cl_ord_id: str
    quantity: Decimal
    price: Decimal | None
    request_id: int
    content_hash: int
    terms: OrderTerms | None = None
    link_id: int = 0
    reference_price: Decimal | None = None
    """What an order without a price was valued at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequested(Event):
    """A cancel was sent."""

    order_id: int
    client_request_id: str
    cl_ord_id: str
    orig_cl_ord_id: str
    request_id: int
    content_hash: int
    link_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDenied(Event):
    """A replace, cancel or link was refused by the gateway; orders are as they were."""

    order_id: int
    client_request_id: str
    replace: bool
    request_id: int
    content_hash: int
    denial: Denial
    client: str
    linked_orders: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """What an execution cost: paid is positive, a rebate negative."""

    kind: ChargeKind
    amount: Decimal
    currency: str
    type: str
    """MiscFeeType(139), of a fee."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtraField:
    """A field of a venue's own: its tag, and its value of up to 128 printable characters."""

    tag: int
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionReported(Event):
    """The venue reported on an order."""

    order_id: int
    cl_ord_id: str
    exec_id: str
    exec_type: ExecType
    venue_order_id: str
    last_quantity: Decimal
    last_price: Decimal | None
    status: OrderStatus
    quantity: Decimal
    price: Decimal | None
    cum_quantity: Decimal
    leaves_quantity: Decimal
    average_price: Decimal | None
    reject_reason: int
    text: str
    request_id: int
    client_order_id: str
    account: str
    strategy: str
    instrument: str
    side: Side
    transact_time_ns: int
    execution_state: OrderStatus
    cum_quantity_differs: bool
    exec_ref_id: str
    venue: str
    cum_quantity_restated: bool = False
    restatement_reason: str = ""
    busted_before: bool = False
    execution_scope: str = ""
    leaves_quantity_differs: bool = False
    average_price_differs: bool = False
    inferred: bool = False
    replaces_exec_id: str = ""
    in_question: bool = False
    """A trade that does not count, unless a later event with its ExecID says so (`question`)."""
    reported_cum_quantity: Decimal | None = None
    question: int = 0
    extra_fields: tuple[ExtraField, ...] = ()
    """Fields that the dictionary does not know, where the session passes them on; the first 16."""
    charges: tuple[Charge, ...] = ()
    """Commission and fees as booked with it."""
    charges_incomplete: bool = False
    """True where the report tells of some that cannot be booked."""
    charges_restated: bool = False
    """True where those of a correction take the place of those of the trade that it corrects."""
    drop_copy: str = ""
    """The drop copy session that told of it first; empty where the order session did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRejected(Event):
    """The venue refused a cancel or replace."""

    order_id: int
    cl_ord_id: str
    client_request_id: str
    replace: bool
    reject_reason: int
    text: str
    status: OrderStatus
    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderUncertain(Event):
    """The order's outcome is not known; the venue is being asked."""

    order_id: int
    reason: str
    cancel_promised: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNotSent(Event):
    """A request is proven not to have reached the venue and is not sent any more."""

    order_id: int
    cl_ord_id: str
    request_id: int
    reason: str = ""
    """Why, for people; empty: the message was filled over."""
    held_again: bool = False
    """Its link releases it anew, under another ClOrdID."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReleased(Event):
    """An order that waited for its session's throttle was sent."""

    order_id: int
    cl_ord_id: str
    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionOrphaned(Event):
    """The venue reported on an order that is not known."""

    session: str
    cl_ord_id: str
    venue_order_id: str
    exec_id: str
    exec_type: ExecType
    instrument: str
    side: Side
    last_quantity: Decimal
    last_price: Decimal | None
    text: str
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentDefined(Event):
    """What an instrument is, by the configuration of a start: its multiplier is money a unit and price step of 1."""

    instrument: str
    venue: str
    currency: str
    multiplier: Decimal
    asset_class: str
    sector: str
    region: str
    max_quantity: Decimal | None = None
    expires_at_ns: int = 0
    margin_rate_percent: Decimal | None = None
    trading_hours: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSet(Event):
    """What one unit of a currency is worth in another."""

    from_currency: str
    to_currency: str
    rate: Decimal
    source: str
    as_of_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalOrderAdopted(Event):
    """The venue reported on an order that was not made here; it is kept as an order of its own."""

    order_id: int
    client: str
    account: str
    strategy: str
    instrument: str
    venue: str
    side: Side
    order_type: OrderType
    quantity: Decimal
    price: Decimal | None
    cl_ord_id: str
    venue_order_id: str
    request_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderResolved(Event):
    """An operator ended the doubt about an order."""

    order_id: int
    outcome: OrderStatus
    reason: str
    resolved_by: str
    status: OrderStatus
    leaves_quantity: Decimal
    requests_end: bool = False
    """What waited for an answer is over, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionAdjusted(Event):
    """A position was changed by something that is no execution."""

    kind: PositionAdjustmentKind
    account: str
    strategy: str
    instrument: str
    quantity: Decimal
    price: Decimal
    reason: str
    changed_by: str
    charges: tuple[Charge, ...] = ()
    batch_id: str = ""
    """The file of positions that it is a row of."""
    batch_row: int = 0
    batch_hash: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAccepted(Event):
    """Linked orders were accepted; each is held until OrderAccepted says that it was sent."""

    link_id: int
    client_request_id: str
    client: str
    kind: LinkKind
    on_partial_fill: PartialFillPolicy
    release: ReleasePolicy
    orders: tuple[OrderAccepted, ...] = ()
    request_id: int
    content_hash: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOrderEnded(Event):
    """An order that was held ended without having been sent."""

    order_id: int
    link_id: int
    reason: str
    client_request_id: str
    request_id: int
    content_hash: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkReported(Event):
    """A link could not do what it is there for."""

    link_id: int
    problem: LinkProblem
    order_id: int
    quantity: Decimal
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MassCancelRequested(Event):
    """An OrderMassCancelRequest(q) was sent; each order that it ends is reported on its own."""

    venue: str
    cl_ord_id: str
    account: str
    instrument: str
    side: Side
    request_id: int
    last_order_id: int
    order_count: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MassCancelAnswered(Event):
    """The venue answered a mass cancel; where it refused, the orders are canceled singly."""

    request_id: int
    accepted: bool
    reject_reason: int
    text: str
    affected_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MassCancelEnded(Event):
    """A mass cancel is over."""

    request_id: int
    single_cancels: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MassCancelTaken(Event):
    """A client's mass cancel was carried out; each cancel that it sent has an event of its own before it."""

    client_request_id: str
    client: str
    account: str
    strategy: str
    instrument: str
    request_id: int
    content_hash: int
    cancels_sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelPromiseBroken(Event):
    """An order works on that the venue promises to cancel on disconnect."""

    order_id: int
    venue: str
    disconnected_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionChanged(Event):
    """A session changed its state."""

    session: str
    state: SessionState
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceChanged(Event):
    """A session's sequence numbers changed other than by one message."""

    session: str
    next_in: int
    next_out: int
    reason: str
    reset: bool
    reset_open: bool
    """A reset was asked for, and the counterparty has not yet agreed to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionControlled(Event):
    """An operator did something with a session."""

    session: str
    action: SessionAction
    changed_by: str
    reason: str
    old_next_in: int
    old_next_out: int
    next_in: int
    next_out: int
    detail: str
    forced: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionWindowChanged(Event):
    """A session's window opened or closed, by its schedule."""

    session: str
    open: bool
    day: int
    opens_ns: int
    closes_ns: int
    reset: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Event):
    """A counterparty took the new password of its session."""

    session: str
    change_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCalled(Event):
    """A client called for a change, or was refused. In the audit trail only."""

    client: str
    peer: str
    method: str
    request: str
    status: str
    reason: str
    unrecorded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConnected(Event):
    """A client began to send commands from an address. In the audit trail only."""

    client: str
    peer: str
    identity: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientDisconnected(Event):
    """The last command stream of a client from an address ended. In the audit trail only."""

    client: str
    peer: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentStatusChanged(Event):
    """A venue halted an instrument, or resumed its trading: SecurityTradingStatus(326) and Text(58)."""

    instrument: str
    venue: str
    halted: bool
    security_trading_status: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskDecisionRecorded(Event):
    """The control plane of risk recorded a decision of people. It changes nothing by itself."""

    decision: RiskDecision
    change_id: int
    changed_by: str
    reason: str
    detail: str
    expires_at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingStateChanged(Event):
    """Trading was halted or resumed."""

    level: str
    state: TradingState
    reason: str
    changed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencePriceSet(Event):
    """A reference price was set; None where only `references` were."""

    instrument: str
    price: Decimal | None
    as_of_ns: int = 0
    references: MarketReferencesSet | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsChanged(Event):
    """Limits were changed; where `more` is set, it takes effect with the part that follows."""

    version: int
    changes: tuple[LimitChange, ...]
    changed_by: str
    approved_by: str
    reason: str
    part: int
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitBreached(Event):
    """A limit did not hold, and no order was denied by it: it only warns, or a fill or a price broke it."""

    order_id: int
    """The order that passed; 0 where there is none."""
    client: str
    limit_name: str
    level: str
    kind: LimitKind
    action: LimitAction
    code: DenialCode
    observed: Decimal | None
    allowed: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRegistered(Event):
    """A name got its number in the journal."""

    kind: NameKind
    number: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayStarted(Event):
    """The gateway opened its journal."""

    version: str
    cl_ord_id_prefix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOverrideGranted(Event):
    """One order may pass limits that it does not hold, once and until a time. In the audit trail only."""

    override_id: int
    order: OrderOverrideTerms
    expires_at_ns: int
    granted_by: str
    approved_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderOverrideEnded(Event):
    """An override of one order ended without having been used. In the audit trail only."""

    override_id: int
    ended_by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelGrouped(Event):
    """Which desk an account is of, or by which session a venue is reached. In the audit trail only."""

    member: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketPhaseChanged(Event):
    """A market went into another phase of its day. In the audit trail only."""

    level: str
    phase: MarketPhase
    reason: str
    changed_by: str


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
