"""TradeCaptureReportRequest(AD): an acknowledgement (AQ) and a report (AE) for each trade."""

from collections.abc import Iterator

from sim.exchange import Exchange
from sim.exchange.fields import number, required
from sim.ledger import Leg, Trade
from sim.services.outgoing import Asked, Outgoing
from sim.session import Version
from sim.wire import Fields, format_utc, tags

__all__ = ["trades"]

_ALL, _MATCHING = "0", "1"
# TradeRequestResult(749) and TradeRequestStatus(750)
_SUCCESSFUL, _TYPE_NOT_SUPPORTED, _OTHER = "0", "8", "99"
_ACCEPTED, _COMPLETED, _REJECTED = "0", "1", "2"
_BUY, _SELL = "1", "2"


def trades(exchange: Exchange, asked: Asked) -> list[Outgoing]:
    """Give all trades of the counterparty (569=0), or those (1) that fit each field that is given.

    The fields are Symbol(55), Side(54), OrderID(37), ClOrdID(11), ExecID(17) and Account(1). A trade with oneself
    gives two reports. What was busted is no longer there.
    """
    message, owner = asked.message, asked.owner
    request_id = required(message, tags.TRADE_REQUEST_ID)
    kind = required(message, tags.TRADE_REQUEST_TYPE)
    result = _SUCCESSFUL if kind in (_ALL, _MATCHING) else _TYPE_NOT_SUPPORTED
    text = f"TradeRequestType(569) must be {_ALL} or {_MATCHING}, was {kind}"
    if message.get(tags.SUBSCRIPTION_REQUEST_TYPE) not in (None, "0"):
        result, text = _OTHER, "trades are reported once; SubscriptionRequestType(263) must be 0"
    found = list(_found(exchange, asked, kind == _MATCHING)) if result == _SUCCESSFUL else []
    status = _REJECTED if result != _SUCCESSFUL else _ACCEPTED if found else _COMPLETED
    ack: Fields = [
        (tags.TRADE_REQUEST_ID, request_id),
        (tags.TRADE_REQUEST_TYPE, kind),
        (tags.TOT_NUM_TRADE_REPORTS, str(len(found))),
        (tags.TRADE_REQUEST_RESULT, result),
        (tags.TRADE_REQUEST_STATUS, status),
    ]
    if result != _SUCCESSFUL:
        ack.append((tags.TEXT, text))
    answers: list[Outgoing] = [(owner, "AQ", ack)]
    for i, (trade, leg, side) in enumerate(found, 1):
        head: Fields = [
            (tags.TRADE_REPORT_ID, exchange.ids.report()),
            (tags.TRADE_REQUEST_ID, request_id),
            (tags.TOT_NUM_TRADE_REPORTS, str(len(found))),
            (tags.LAST_RPT_REQUESTED, "Y" if i == len(found) else "N"),
        ]
        answers.append((owner, "AE", head + _report(trade, leg, side, asked.version)))
    return answers


def _found(exchange: Exchange, asked: Asked, filtered: bool) -> Iterator[tuple[Trade, Leg, str]]:
    wanted = asked.message
    for trade in exchange.ledger.trades:
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
            if not filtered or all(wanted.get(tag) in (None, value) for tag, value in known.items()):
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
