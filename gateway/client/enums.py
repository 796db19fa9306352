"""The API's enumerations. Numbers are those of the proto; a test compares the two."""

from enum import IntEnum
from typing import Self

__all__ = [
    "CrossingPolicy",
    "DenialCode",
    "ExecType",
    "LimitAction",
    "LimitKind",
    "LimitReference",
    "LimitUnit",
    "LinkKind",
    "LinkProblem",
    "MarketPhase",
    "MessageDirection",
    "NameKind",
    "OffsetType",
    "OrderStatus",
    "OrderType",
    "PartStatus",
    "PartialFillPolicy",
    "PositionAdjustmentKind",
    "ReleasePolicy",
    "RiskDecision",
    "SessionAction",
    "SessionState",
    "Side",
    "TimeInForce",
    "TradingState",
    "ValueSource",
]


class ProtoEnum(IntEnum):
    """An enumeration that a newer gateway may have more values of; those keep their number and are named for
    it.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int):
            return None
        member = int.__new__(cls, value)
        member._name_ = f"UNKNOWN_{value}"
        member._value_ = value
        return member

    def __str__(self) -> str:
        return self.name


class Side(ProtoEnum):
    """Side(54)."""

    UNSPECIFIED = 0
    BUY = 1
    SELL = 2
    SELL_SHORT = 5


class OrderType(ProtoEnum):
    """OrdType(40)."""

    UNSPECIFIED = 0
    MARKET = 1
    LIMIT = 2
    STOP = 3
    STOP_LIMIT = 4
    MARKET_TO_LIMIT = 5
    MARKET_IF_TOUCHED = 6
    LIMIT_IF_TOUCHED = 7
    TRAILING_STOP = 8
    PEGGED = 9


class TimeInForce(ProtoEnum):
    """TimeInForce(59)."""

    UNSPECIFIED = 0
    DAY = 1
    GTC = 2
    IOC = 3
    FOK = 4
    OPG = 5
    GTX = 6
    GTD = 7
    CLS = 8


class OffsetType(ProtoEnum):
    """What the offset of a trailing or pegged order is counted in."""

    UNSPECIFIED = 0
    PRICE = 1
    BASIS_POINTS = 2
    TICKS = 3


class OrderStatus(ProtoEnum):
    """OrdStatus(39), and four of the gateway's own: DENIED, NOT_SENT, UNKNOWN and HELD."""

    UNSPECIFIED = 0
    PENDING_NEW = 1
    NEW = 2
    PARTIALLY_FILLED = 3
    FILLED = 4
    DONE_FOR_DAY = 5
    CANCELED = 6
    PENDING_CANCEL = 7
    STOPPED = 8
    REJECTED = 9
    SUSPENDED = 10
    CALCULATED = 11
    EXPIRED = 12
    PENDING_REPLACE = 13
    DENIED = 14
    NOT_SENT = 15
    UNKNOWN = 16
    HELD = 17

    @property
    def is_final(self) -> bool:
        """True where the order has ended. Busts and corrections may still change what it traded."""
        return self in _FINAL


_FINAL = frozenset(
    {
        OrderStatus.FILLED,
        OrderStatus.DONE_FOR_DAY,
        OrderStatus.CANCELED,
        OrderStatus.REJECTED,
        OrderStatus.CALCULATED,
        OrderStatus.EXPIRED,
        OrderStatus.DENIED,
        OrderStatus.NOT_SENT,
    }
)


class ExecType(ProtoEnum):
    """ExecType(150), in the dialect of FIX 4.3 and later."""

    UNSPECIFIED = 0
    NEW = 1
    DONE_FOR_DAY = 2
    CANCELED = 3
    REPLACED = 4
    PENDING_CANCEL = 5
    STOPPED = 6
    REJECTED = 7
    SUSPENDED = 8
    PENDING_NEW = 9
    CALCULATED = 10
    EXPIRED = 11
    RESTATED = 12
    PENDING_REPLACE = 13
    TRADE = 14
    TRADE_CORRECT = 15
    TRADE_CANCEL = 16
    ORDER_STATUS = 17
    TRIGGERED = 18


class LinkKind(ProtoEnum):
    """How orders hang together."""

    UNSPECIFIED = 0
    OCO = 1
    OTO = 2
    BRACKET = 3


class PartialFillPolicy(ProtoEnum):
    """What a fill of one order of an OCO does to the others."""

    UNSPECIFIED = 0
    REDUCE = 1
    CANCEL = 2


class ReleasePolicy(ProtoEnum):
    """When the children of an OTO or bracket are sent."""

    UNSPECIFIED = 0
    ON_FULL_FILL = 1
    IN_PROPORTION = 2


class LinkProblem(ProtoEnum):
    """What a link could not do."""

    UNSPECIFIED = 0
    OVERFILLED = 1
    RELEASE_DENIED = 2
    REFUSED = 3


class SessionState(ProtoEnum):
    """What a session to a venue is doing."""

    UNSPECIFIED = 0
    DISCONNECTED = 1
    LOGGING_ON = 2
    RECONCILING = 3
    READY = 4
    LOGGING_OUT = 5


class RiskDecision(ProtoEnum):
    """What people decided about limits."""

    UNSPECIFIED = 0
    CHANGE_PROPOSED = 1
    CHANGE_APPROVED = 2
    CHANGE_REFUSED = 3
    CHANGE_WITHDRAWN = 4
    CHANGE_EXPIRED = 5
    OVERRIDE_GRANTED = 6
    OVERRIDE_ENDED = 7


class SessionAction(ProtoEnum):
    """What an operator does with a session."""

    UNSPECIFIED = 0
    LOGON = 1
    LOGOUT = 2
    SET_SEQUENCE = 3
    RESET = 4
    ADD = 5
    CHANGE = 6
    REMOVE = 7


class TradingState(ProtoEnum):
    """Whether new orders are taken."""

    UNSPECIFIED = 0
    ACTIVE = 1
    HALTED = 2
    REDUCING = 3


class MarketPhase(ProtoEnum):
    """A phase of a market's day: what orders it takes."""

    UNSPECIFIED = 0
    CLOSED = 1
    PRE_OPEN = 2
    OPENING_AUCTION = 3
    CONTINUOUS = 4
    INTRADAY_AUCTION = 5
    CLOSING_AUCTION = 6
    POST_CLOSE = 7


class NameKind(ProtoEnum):
    """What a number in the journal's record headers stands for."""

    UNSPECIFIED = 0
    CLIENT = 1
    SESSION = 2


class PositionAdjustmentKind(ProtoEnum):
    """What changes a position beside executions."""

    UNSPECIFIED = 0
    START_OF_DAY = 1
    CORRECTION = 2


class DenialCode(ProtoEnum):
    """Why the gateway refused; docs/denial-codes.md explains each."""

    UNSPECIFIED = 0
    INVALID_CLIENT_REQUEST_ID = 1
    CLIENT_REQUEST_ID_REUSED = 2
    MALFORMED_COMMAND = 3
    UNKNOWN_INSTRUMENT = 4
    UNKNOWN_ACCOUNT = 5
    UNKNOWN_VENUE = 6
    UNKNOWN_ORDER = 7
    INVALID_SIDE = 8
    INVALID_ORDER_TYPE = 9
    INVALID_TIME_IN_FORCE = 10
    INVALID_QUANTITY = 11
    INVALID_PRICE = 12
    MISSING_PRICE = 13
    UNEXPECTED_PRICE = 14
    PRICE_NOT_ON_TICK = 15
    QUANTITY_NOT_ON_LOT = 16
    QUANTITY_BELOW_MINIMUM = 17
    TRADING_HALTED = 18
    MAX_ORDER_QUANTITY = 19
    MAX_ORDER_NOTIONAL = 20
    PRICE_COLLAR = 21
    NO_REFERENCE_PRICE = 22
    SESSION_NOT_READY = 23
    SESSION_RECONCILING = 24
    ORDER_NOT_OPEN = 25
    TOO_MANY_PENDING_REQUESTS = 26
    JOURNAL_UNAVAILABLE = 27
    CAPACITY_EXHAUSTED = 28
    SESSION_BACKLOGGED = 29
    NOTHING_TO_REPLACE = 30
    DEADLINE_EXCEEDED = 31
    INVALID_STRATEGY = 32
    SHUTTING_DOWN = 33
    TRADING_REDUCING = 34
    NOT_PERMITTED = 35
    RESTRICTED = 36
    SHORT_SALE_NOT_MARKED = 37
    NO_LOCATE = 38
    QUANTITY_ABOVE_MAXIMUM = 39
    INSTRUMENT_EXPIRED = 40
    INSTRUMENT_NOT_TRADING = 41
    STALE_REFERENCE_PRICE = 42
    VOLUME_SHARE = 43
    DUPLICATE_ORDER = 44
    MESSAGE_RATE = 45
    ORDER_TO_TRADE_RATIO = 46
    CANCEL_RATIO = 47
    REPEATED_EXECUTIONS = 48
    MAX_OPEN_ORDERS = 49
    MAX_OPEN_NOTIONAL = 50
    MAX_POSITION = 51
    MAX_EXPOSURE = 52
    MAX_LEVERAGE = 53
    INSUFFICIENT_MARGIN = 54
    INSUFFICIENT_BUYING_POWER = 55
    SELF_TRADE = 56
    LOSS_LIMIT = 57
    ACCUMULATED_QUANTITY = 58
    ACCUMULATED_NOTIONAL = 59
    UNSUPPORTED_ORDER_TYPE = 60
    UNSUPPORTED_TIME_IN_FORCE = 61
    UNSUPPORTED_TERM = 62
    MISSING_TERM = 63
    INVALID_TERM = 64
    INVALID_LINK = 65
    QUANTITY_IS_LINKED = 66
    THROTTLED = 70
    NO_RATE = 90
    STALE_RATE = 91
    NO_MARGIN_RATE = 92
    NOT_IN_THIS_PHASE = 120


class ChargeKind(ProtoEnum):
    """What an amount is paid for."""

    UNSPECIFIED = 0
    COMMISSION = 1
    FEE = 2


class PositionGroup(ProtoEnum):
    """What positions are summed by."""

    UNSPECIFIED = 0
    ACCOUNT = 1
    STRATEGY = 2
    INSTRUMENT = 3
    CURRENCY = 4
    VENUE = 5
    ASSET_CLASS = 6
    SECTOR = 7
    REGION = 8


class RateState(ProtoEnum):
    """Whether an amount can be told in the base currency."""

    UNSPECIFIED = 0
    OK = 1
    STALE = 2
    MISSING = 3


class PartStatus(ProtoEnum):
    """How a part of the gateway does."""

    UNSPECIFIED = 0
    OK = 1
    DEGRADED = 2
    FAILED = 3


class ValueSource(ProtoEnum):
    """Where a value of the configuration comes from."""

    UNSPECIFIED = 0
    PRESET = 1
    GIVEN = 2


class MessageDirection(ProtoEnum):
    """Which way a FIX message went."""

    UNSPECIFIED = 0
    IN = 1
    OUT = 2


class LimitKind(ProtoEnum):
    """What a limit is on."""

    UNSPECIFIED = 0
    MAX_ORDER_QUANTITY = 1
    MAX_ORDER_NOTIONAL = 2
    PRICE_COLLAR = 3
    VOLUME_SHARE = 4
    DUPLICATE_ORDERS = 5
    MESSAGE_RATE = 6
    ORDER_TO_TRADE_RATIO = 7
    CANCEL_RATIO = 8
    REPEATED_EXECUTIONS = 9
    OPEN_ORDERS = 10
    OPEN_NOTIONAL = 11
    POSITION = 12
    GROSS_EXPOSURE = 13
    NET_EXPOSURE = 14
    LONG_EXPOSURE = 15
    SHORT_EXPOSURE = 16
    LEVERAGE = 17
    MARGIN = 18
    BUYING_POWER = 19
    SELF_TRADE = 20
    REALIZED_LOSS = 21
    UNREALIZED_LOSS = 22
    TOTAL_LOSS = 23
    DRAWDOWN = 24
    LOSS_STREAK = 25
    ACCUMULATED_QUANTITY = 26
    ACCUMULATED_NOTIONAL = 27
    RESTRICTED = 28
    PERMITTED = 29
    LOCATE = 30
    SHORT_SALE_MARKING = 31


class LimitAction(ProtoEnum):
    """What a breach does."""

    UNSPECIFIED = 0
    DENY = 1
    WARN = 2
    RESIZE = 3
    HALT = 4
    REDUCE = 5


class LimitUnit(ProtoEnum):
    """What the value of a collar is counted in."""

    UNSPECIFIED = 0
    PERCENT = 1
    TICKS = 2
    ABSOLUTE = 3


class LimitReference(ProtoEnum):
    """What a price is measured against."""

    UNSPECIFIED = 0
    LAST = 1
    MID = 2
    CLOSE = 3
    VENUE_BAND = 4


class CrossingPolicy(ProtoEnum):
    """What is done where an order would trade with an own one."""

    UNSPECIFIED = 0
    DENY = 1
    CANCEL_RESTING = 2
    CANCEL_BOTH = 3
    DECREMENT = 4
