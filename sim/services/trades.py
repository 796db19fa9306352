"""TradeCaptureReportRequest(AD): an acknowledgement (AQ), a report (AE) for each trade, and of each that follows."""

from collections.abc import Iterator

from sim.exchange import Exchange
from sim.exchange.fields import number, required
from sim.ledger import Change, Leg, Trade
from sim.services.outgoing import Asked, Outgoing
from sim.session import Version
from sim.wire import Fields, format_utc, tags

__all__ = ["TradeFeed"]

_ALL, _MATCHING = "0", "1"
# TradeRequestResult(749) and TradeRequestStatus(750)
_SUCCESSFUL, _TYPE_NOT_SUPPORTED, _OTHER = "0", "8", "99"
_ACCEPTED, _COMPLETED, _REJECTED = "0", "1", "2"
_BUY, _SELL = "1", "2"
# SubscriptionRequestType(263)
_ONCE, _SUBSCRIBE, _UNSUBSCRIBE = "0", "1", "2"
_SUBSCRIPTIONS_MAX = 100

_Leg = tuple[Trade, Leg, str]


class TradeFeed:
    """Answers for one exchange. Subscriptions end with the connection."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._subscriptions: dict[tuple[str, str], Asked] = {}

    def request(self, asked: Asked) -> list[Outgoing]:
        """Give all trades of the counterparty (569=0), or those (1) that fit each field that is given.

        The fields are Symbol(55), Side(54), OrderID(37), ClOrdID(11), ExecID(17) and Account(1). A trade with oneself
        gives two reports. What was busted is no longer there.
        """
        message = asked.message
        key = (asked.owner, required(message, tags.TRADE_REQUEST_ID))
        kind = required(message, tags.TRADE_REQUEST_TYPE)
        subscription = message.get(tags.SUBSCRIPTION_REQUEST_TYPE) or _ONCE
        refusal = self._refusal(key, kind, subscription)
        if refusal is not None:
            return [_ack(asked, 0, refusal[0], _REJECTED, refusal[1])]
        if subscription == _UNSUBSCRIBE:
            del self._subscriptions[key]
            self._follow()
            return [_ack(asked, 0, _SUCCESSFUL, _COMPLETED)]
        if subscription == _SUBSCRIBE:
            self._subscriptions[key] = asked
            self._follow()
        found = [leg for trade in self._exchange.ledger.trades for leg in _legs(trade, asked)]
        more = found or subscription == _SUBSCRIBE
        answers = [_ack(asked, len(found), _SUCCESSFUL, _ACCEPTED if more else _COMPLETED)]
        for i, leg in enumerate(found, 1):
            count: Fields = [
                (tags.TOT_NUM_TRADE_REPORTS, str(len(found))),
                (tags.LAST_RPT_REQUESTED, "Y" if i == len(found) else "N"),
            ]
            answers.append(self._report(asked, leg, Change.NEW, count))
        return answers

    def publish(self) -> list[Outgoing]:
        """Give what became of trades to those who follow them."""
        return [
            self._report(asked, leg, change, [(tags.UNSOLICITED_INDICATOR, "Y")])
            for change, trade in self._exchange.ledger.take_news()
            for asked in self._subscriptions.values()
            for leg in _legs(trade, asked)
        ]

    def disconnected(self, owner: str) -> None:
        for key in [key for key in self._subscriptions if key[0] == owner]:
            del self._subscriptions[key]
        self._follow()

    def _follow(self) -> None:
        self._exchange.ledger.followed = bool(self._subscriptions)

    def _refusal(self, key: tuple[str, str], kind: str, subscription: str) -> tuple[str, str] | None:
        if kind not in (_ALL, _MATCHING):
            text = f"TradeRequestType(569) must be {_ALL} or {_MATCHING}, was {kind}"
            return _TYPE_NOT_SUPPORTED, text
        if subscription not in (_ONCE, _SUBSCRIBE, _UNSUBSCRIBE):
            return _OTHER, f"SubscriptionRequestType(263) must be 0, 1 or 2, was {subscription}"
        if subscription == _SUBSCRIBE and key in self._subscriptions:
            return _OTHER, f"TradeRequestID(568) {key[1]} is in use"
        if subscription == _UNSUBSCRIBE and key not in self._subscriptions:
            return _OTHER, f"TradeRequestID(568) {key[1]} is no subscription"
        if (
            subscription == _SUBSCRIBE
            and sum(k[0] == key[0] for k in self._subscriptions) >= _SUBSCRIPTIONS_MAX
        ):
            return _OTHER, f"at most {_SUBSCRIPTIONS_MAX} subscriptions"
        return None

    def _report(self, asked: Asked, leg: _Leg, change: Change, count: Fields) -> Outgoing:
        head: Fields = [
            (tags.TRADE_REPORT_ID, self._exchange.ids.report()),
            (tags.TRADE_REPORT_TRANS_TYPE, change.value),
            (tags.TRADE_REQUEST_ID, asked.message.get(tags.TRADE_REQUEST_ID) or ""),
            *count,
        ]
        return asked.owner, "AE", head + _report(*leg, asked.version)


def _ack(asked: Asked, count: int, result: str, status: str, text: str | None = None) -> Outgoing:
    ack: Fields = [
        (tags.TRADE_REQUEST_ID, asked.message.get(tags.TRADE_REQUEST_ID) or ""),
        (tags.TRADE_REQUEST_TYPE, asked.message.get(tags.TRADE_REQUEST_TYPE) or ""),
        (tags.TOT_NUM_TRADE_REPORTS, str(count)),
        (tags.TRADE_REQUEST_RESULT, result),
        (tags.TRADE_REQUEST_STATUS, status),
    ]
    return asked.owner, "AQ", ack if text is None else [*ack, (tags.TEXT, text)]


def _legs(trade: Trade, asked: Asked) -> Iterator[_Leg]:
    """Give the sides of a trade that are the counterparty's and fit what it asked for."""
    wanted = asked.message
    is_filtered = wanted.get(tags.TRADE_REQUEST_TYPE) == _MATCHING
    for leg, side in ((trade.buy, _BUY), (trade.sell, _SELL)):
        if leg.owner != asked.owner:
            continue
        known = {
            tags.SYMBOL: trade.symbol,
            tags.SIDE: side,
            tags.ORDER_ID: leg.order_id,
            tags.CL_ORD_ID: leg.cl_ord_id,
            tags.EXEC_ID: leg.exec_id,
            tags.ACCOUNT: leg.account,
        }
        if not is_filtered or all(wanted.get(tag) in (None, value) for tag, value in known.items()):
            yield trade, leg, side


def _report(trade: Trade, leg: Leg, side: str, version: Version) -> Fields:
    body: Fields = [(tags.TRADE_ID, trade.trade_id)] if version is Version.FIX50SP2 else []
    body += [(tags.PREVIOUSLY_REPORTED, "N"), (tags.EXEC_ID, leg.exec_id or "")]
    body += [
        (tags.SYMBOL, trade.symbol),
        (tags.LAST_QTY, number(trade.quantity)),
        (tags.LAST_PX, number(trade.price)),
        (tags.TRADE_DATE, format_utc(trade.at)[:8]),
        (tags.TRANSACT_TIME, format_utc(trade.at)),
        (tags.NO_SIDES, "1"),
        (tags.SIDE, side),
        (tags.ORDER_ID, leg.order_id),
        (tags.CL_ORD_ID, leg.cl_ord_id),
    ]
    if leg.account:
        body.append((tags.ACCOUNT, leg.account))
    return body
