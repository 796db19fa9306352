"""What one MarketDataRequest(V) asked for."""

from dataclasses import dataclass, field
from decimal import Decimal

from sim.exchange.fields import VALUE_INCORRECT, FieldError, required
from sim.services.groups import group
from sim.services.outgoing import Asked
from sim.session import Version
from sim.wire import tags

__all__ = ["BID", "CLEARING", "OFFER", "TRADE", "Refusal", "Subscription", "read"]

# MDEntryType(269)
BID, OFFER, TRADE, CLEARING = "0", "1", "2", "Q"
SNAPSHOT, SUBSCRIBE, UNSUBSCRIBE = "0", "1", "2"
_FULL, _INCREMENTAL = "0", "1"
_TYPE_MEMBERS = frozenset({tags.MD_ENTRY_TYPE})
_SYMBOL_MEMBERS = frozenset({tags.SYMBOL, 65, 48, 22, 460, 461, 167, 200, 541, 207, 106, 107, 336, 625, 15})
DEPTH_MAX = 1000

# Price and its side, to displayed quantity and number of orders.
Levels = dict[tuple[str, Decimal], tuple[Decimal, int]]


@dataclass(frozen=True, slots=True)
class Refusal:
    """MDReqRejReason(281) and Text(58) of a MarketDataRequestReject(Y)."""

    reason: str
    text: str


@dataclass(slots=True)
class Subscription:
    """`depth` 0 is the whole book. `sent` holds what the subscriber has been shown of each symbol."""

    owner: str
    version: Version
    request_id: str
    symbols: tuple[str, ...]
    types: frozenset[str]
    depth: int
    incremental: bool
    kind: str
    sent: dict[str, Levels] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    """The market's state, as its count of changes, that was shown last."""


def read(asked: Asked, symbols: set[str]) -> Subscription | Refusal:
    """Read a request; `symbols` are those that there are. Raises FieldError where it cannot be read."""
    message = asked.message
    request_id = required(message, tags.MD_REQ_ID)
    kind = required(message, tags.SUBSCRIPTION_REQUEST_TYPE)
    depth = message.number(tags.MARKET_DEPTH)
    if depth is None:
        required(message, tags.MARKET_DEPTH)
        raise FieldError(tags.MARKET_DEPTH, VALUE_INCORRECT, "MarketDepth(264) must be a number")
    types = frozenset(e[tags.MD_ENTRY_TYPE] for e in group(message, tags.NO_MD_ENTRY_TYPES, _TYPE_MEMBERS))
    asked_for = tuple(e.get(tags.SYMBOL, "") for e in group(message, tags.NO_RELATED_SYM, _SYMBOL_MEMBERS))
    served = {BID, OFFER, TRADE} | ({CLEARING} if asked.version is Version.FIX50SP2 else set())
    update = message.get(tags.MD_UPDATE_TYPE) or _FULL
    if kind not in (SNAPSHOT, SUBSCRIBE, UNSUBSCRIBE):
        return Refusal("4", f"SubscriptionRequestType(263) must be 0, 1 or 2, was {kind}")
    if unknown := [symbol for symbol in asked_for if symbol not in symbols]:
        return Refusal("0", f"unknown symbol {unknown[0]}; known: {', '.join(sorted(symbols))}")
    if depth > DEPTH_MAX:
        return Refusal("5", f"MarketDepth(264) must be 0 (whole book) to {DEPTH_MAX}, was {depth}")
    if kind == SUBSCRIBE and update not in (_FULL, _INCREMENTAL):
        return Refusal("6", f"MDUpdateType(265) must be 0 or 1, was {update}")
    if other := types - served:
        return Refusal("8", f"MDEntryType(269) must be of {', '.join(sorted(served))}, was {min(other)}")
    incremental = update == _INCREMENTAL
    return Subscription(asked.owner, asked.version, request_id, asked_for, types, depth, incremental, kind)
