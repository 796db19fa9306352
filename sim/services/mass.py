"""OrderMassCancelRequest(q) and OrderMassStatusRequest(AF)."""

from sim.book import Order, Side
from sim.exchange import Exchange, encode_report
from sim.exchange.fields import required
from sim.exchange.reports import NO_ORDER_ID
from sim.services.outgoing import Asked, Outgoing
from sim.session import Version
from sim.wire import Fields, format_utc, tags

__all__ = ["REJECTED", "affected", "mass_cancel", "mass_status"]

REJECTED = "0"  # MassCancelResponse(531)

_SECURITY, _ALL = "1", "7"
# MassCancelRejectReason(532)
_UNKNOWN_SECURITY, _OTHER = "1", "99"


def mass_cancel(exchange: Exchange, asked: Asked) -> list[Outgoing]:
    """Cancel all orders of a symbol (530=1) or all there are (7), of one side where Side(54) is given.

    The report goes first; each order's own report follows under the ClOrdID(11) that the order has.
    """
    message, owner = asked.message, asked.owner
    cl_ord_id, kind = required(message, tags.CL_ORD_ID), required(message, tags.MASS_CANCEL_REQUEST_TYPE)
    symbol = message.get(tags.SYMBOL)
    refusal = _refusal(exchange, owner, cl_ord_id, kind, symbol)
    exchange.directory.use(owner, cl_ord_id)
    head: Fields = [(tags.CL_ORD_ID, cl_ord_id), (tags.ORDER_ID, exchange.ids.order())]
    is_50 = asked.version is Version.FIX50SP2
    if is_50:
        head.append((tags.MASS_ACTION_REPORT_ID, exchange.ids.report()))
    head.append((tags.MASS_CANCEL_REQUEST_TYPE, kind))
    if refusal is not None:
        reason, text = refusal
        body = [
            (tags.MASS_CANCEL_RESPONSE, REJECTED),
            (tags.MASS_CANCEL_REJECT_REASON, reason),
            (tags.TEXT, text),
        ]
        return [(owner, "r", [*head, *body, (tags.TRANSACT_TIME, format_utc(asked.now))])]
    orders = _orders(exchange, owner, symbol if kind == _SECURITY else None, message.get(tags.SIDE))
    body = [(tags.MASS_CANCEL_RESPONSE, kind), (tags.TOTAL_AFFECTED_ORDERS, str(len(orders)))]
    if orders:
        body.append((tags.NO_AFFECTED_ORDERS, str(len(orders))))
        for order in orders:
            orig = tags.AFFECTED_ORIG_CL_ORD_ID if is_50 else tags.ORIG_CL_ORD_ID
            body += [(orig, order.cl_ord_id), (tags.AFFECTED_ORDER_ID, order.order_id)]
    if kind == _SECURITY and symbol is not None:
        body.append((tags.SYMBOL, symbol))
    return [(owner, "r", [*head, *body, (tags.TRANSACT_TIME, format_utc(asked.now))])]


def _refusal(
    exchange: Exchange, owner: str, cl_ord_id: str, kind: str, symbol: str | None
) -> tuple[str, str] | None:
    if exchange.directory.is_used(owner, cl_ord_id):
        return _OTHER, f"ClOrdID(11) {cl_ord_id} was used before"
    if kind not in (_SECURITY, _ALL):
        return _OTHER, f"MassCancelRequestType(530) must be {_SECURITY} or {_ALL}, was {kind}"
    if kind == _SECURITY and symbol not in exchange.instruments:
        return _UNKNOWN_SECURITY, f"unknown symbol {symbol}"
    return None


def affected(exchange: Exchange, asked: Asked) -> list[Order]:
    """Give the orders that a mass cancel that was accepted is to end."""
    kind, symbol = asked.message.get(tags.MASS_CANCEL_REQUEST_TYPE), asked.message.get(tags.SYMBOL)
    side = asked.message.get(tags.SIDE)
    return _orders(exchange, asked.owner, symbol if kind == _SECURITY else None, side)


def mass_status(exchange: Exchange, asked: Asked) -> list[Outgoing]:
    """Tell of every open order, of a symbol (585=1) or of all (7)."""
    message = asked.message
    request_id, kind = (
        required(message, tags.MASS_STATUS_REQ_ID),
        required(message, tags.MASS_STATUS_REQ_TYPE),
    )
    symbol = message.get(tags.SYMBOL) if kind == _SECURITY else None
    orders = (
        _orders(exchange, asked.owner, symbol, message.get(tags.SIDE)) if kind in (_SECURITY, _ALL) else []
    )
    reports = [exchange.status_of(order, asked.now) for order in orders]
    if not reports:
        served = kind in (_SECURITY, _ALL)
        text = (
            "no open orders"
            if served
            else f"MassStatusReqType(585) must be {_SECURITY} or {_ALL}, was {kind}"
        )
        reports = [
            exchange.no_such_order(asked.owner, NO_ORDER_ID, symbol or "NONE", Side.BUY, text, asked.now)
        ]
    answers: list[Outgoing] = []
    for i, report in enumerate(reports, 1):
        msg_type, body = encode_report(report, asked.version)
        body += [
            (tags.MASS_STATUS_REQ_ID, request_id),
            (tags.TOT_NUM_REPORTS, str(len(orders))),
            (tags.LAST_RPT_REQUESTED, "Y" if i == len(reports) else "N"),
        ]
        answers.append((asked.owner, msg_type, body))
    return answers


def _orders(exchange: Exchange, owner: str, symbol: str | None, side: str | None) -> list[Order]:
    return [
        order
        for order in exchange.directory.of(owner)
        if order.is_open and symbol in (None, order.symbol) and side in (None, order.side.value)
    ]
