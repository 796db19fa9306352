"""Trading states and limits."""

from gateway.client.enums.base import ProtoEnum

__all__ = [
    "CrossingPolicy",
    "LimitAction",
    "LimitKind",
    "LimitReference",
    "LimitUnit",
    "MarketPhase",
    "RiskDecision",
    "TradingState",
]


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
