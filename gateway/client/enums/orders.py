"""Orders, as FIX has them."""

from gateway.client.enums.base import ProtoEnum

__all__ = ["ExecType", "OffsetType", "OrderStatus", "OrderType", "Side", "TimeInForce"]


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
