"""Snapshots and updates of books and trades.

The feed looks at a market when something happened in it, compares what a subscriber may see with what they were
shown, and sends the difference: one message a symbol, however much happened. So a subscriber that applies all
updates always has the displayed book to the depth that was asked for.
"""

from decimal import Decimal

from sim.exchange import Exchange
from sim.exchange.fields import number
from sim.exchange.prints import Print
from sim.marketdata.subscription import (
    BID,
    CLEARING,
    OFFER,
    SUBSCRIBE,
    TRADE,
    UNSUBSCRIBE,
    Levels,
    Refusal,
    Subscription,
    read,
)
from sim.services.outgoing import Asked, Outgoing
from sim.wire import Fields, format_utc, tags

__all__ = ["Feed"]

_DUPLICATE_ID = "1"
_TOO_MANY = "3"  # insufficient permissions
_SUBSCRIPTIONS_MAX = 100
# MDUpdateAction(279)
_NEW, _CHANGE, _DELETE = "0", "1", "2"


class Feed:
    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._subscriptions: dict[tuple[str, str], Subscription] = {}

    def request(self, asked: Asked) -> list[Outgoing]:
        """Answer MarketDataRequest(V)."""
        wish = read(asked, set(self._exchange.markets))
        if isinstance(wish, Refusal):
            return [_reject(asked, wish)]
        key = (wish.owner, wish.request_id)
        if wish.kind == UNSUBSCRIBE:
            self._subscriptions.pop(key, None)
            self._exchange.prints.wanted = bool(self._subscriptions)
            return []
        if key in self._subscriptions:
            return [_reject(asked, Refusal(_DUPLICATE_ID, f"MDReqID(262) {wish.request_id} is in use"))]
        if wish.kind == SUBSCRIBE:
            if sum(owner == wish.owner for owner, _ in self._subscriptions) >= _SUBSCRIPTIONS_MAX:
                return [_reject(asked, Refusal(_TOO_MANY, f"at most {_SUBSCRIPTIONS_MAX} subscriptions"))]
            self._subscriptions[key] = wish
            self._exchange.prints.wanted = True
        return [self._snapshot(wish, symbol, asked.now) for symbol in wish.symbols]

    def disconnected(self, owner: str) -> None:
        for key in [key for key in self._subscriptions if key[0] == owner]:
            del self._subscriptions[key]
        self._exchange.prints.wanted = bool(self._subscriptions)

    def publish(self, now: int) -> list[Outgoing]:
        """Give what subscribers have not been shown yet."""
        prints = self._exchange.prints.take()
        told: list[Outgoing] = []
        for wish in self._subscriptions.values():
            for symbol in wish.symbols:
                if wish.seen[symbol] == self._exchange.markets[symbol].changes:
                    continue
                traded = [p for p in prints if p.symbol == symbol] if TRADE in wish.types else []
                if wish.incremental:
                    body = self._update(wish, symbol, traded, now)
                    if body:
                        told.append((wish.owner, "X", body))
                else:
                    told.append(self._snapshot(wish, symbol, now, traded))
        return told

    def _snapshot(
        self, wish: Subscription, symbol: str, now: int, traded: list[Print] | None = None
    ) -> Outgoing:
        levels = self._look(wish, symbol)
        entries = [_level(*key, *value) for key, value in levels.items()]
        if TRADE in wish.types:
            last = self._exchange.prints.last.get(symbol)
            entries += [_trade(p) for p in traded or ([] if last is None else [last])]
        body: Fields = [(tags.MD_REQ_ID, wish.request_id), (tags.SYMBOL, symbol)]
        if wish.version.appl_ver_id is not None:
            body.append((tags.LAST_UPDATE_TIME, format_utc(now)))
        body.append((tags.NO_MD_ENTRIES, str(len(entries))))
        return (wish.owner, "W", body + [field for entry in entries for field in entry])

    def _update(self, wish: Subscription, symbol: str, traded: list[Print], now: int) -> Fields:
        before = wish.sent[symbol]
        after = self._look(wish, symbol)
        name = (tags.SYMBOL, symbol)
        entries: list[Fields] = []
        for (kind, price), (quantity, _) in before.items():
            if (kind, price) not in after:
                entries.append([(tags.MD_UPDATE_ACTION, _DELETE), *_level(kind, price, quantity, 0, name)])
        for (kind, price), (quantity, count) in after.items():
            shown = before.get((kind, price))
            if shown != (quantity, count):
                action = _NEW if shown is None else _CHANGE
                entries.append([(tags.MD_UPDATE_ACTION, action), *_level(kind, price, quantity, count, name)])
        entries += [[(tags.MD_UPDATE_ACTION, _NEW), *_trade(p, name)] for p in traded]
        if not entries:
            return []
        head: Fields = [(tags.MD_REQ_ID, wish.request_id), (tags.NO_MD_ENTRIES, str(len(entries)))]
        return head + [field for entry in entries for field in entry]

    def _look(self, wish: Subscription, symbol: str) -> Levels:
        """Take note of what the subscriber may see now."""
        market = self._exchange.markets[symbol]
        levels: Levels = {}
        for kind, is_buy in ((BID, True), (OFFER, False)):
            if kind in wish.types:
                for price, quantity, count in market.book.displayed(is_buy, wish.depth):
                    levels[kind, price] = (quantity, count)
        if CLEARING in wish.types and (result := market.indicative()) is not None and market.phase.is_call:
            levels[CLEARING, result.price] = (result.volume, 0)
        wish.sent[symbol], wish.seen[symbol] = levels, market.changes
        return levels


def _level(
    kind: str, price: Decimal, quantity: Decimal, count: int, name: tuple[int, str] | None = None
) -> Fields:
    entry: Fields = [(tags.MD_ENTRY_TYPE, kind)]
    if name is not None:
        entry.append(name)
    entry += [(tags.MD_ENTRY_PX, number(price)), (tags.MD_ENTRY_SIZE, number(quantity))]
    return [*entry, (tags.NUMBER_OF_ORDERS, str(count))] if count else entry


def _trade(trade: Print, name: tuple[int, str] | None = None) -> Fields:
    entry: Fields = [(tags.MD_ENTRY_TYPE, TRADE)]
    if name is not None:
        entry.append(name)
    date, time = format_utc(trade.at).split("-")
    return [
        *entry,
        (tags.MD_ENTRY_PX, number(trade.price)),
        (tags.MD_ENTRY_SIZE, number(trade.quantity)),
        (tags.MD_ENTRY_DATE, date),
        (tags.MD_ENTRY_TIME, time),
    ]


def _reject(asked: Asked, refusal: Refusal) -> Outgoing:
    body: Fields = [
        (tags.MD_REQ_ID, asked.message.get(tags.MD_REQ_ID) or ""),
        (tags.MD_REQ_REJ_REASON, refusal.reason),
        (tags.TEXT, refusal.text),
    ]
    return (asked.owner, "Y", body)
