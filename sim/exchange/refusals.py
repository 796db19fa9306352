"""Why a cancel or a replace is refused."""

from sim.book import Market, Order, OrderType, Status
from sim.config.settings import ExchangeSettings, Instrument
from sim.exchange.directory import Directory
from sim.exchange.reports import NO_ORDER_ID, CancelReject, CancelRejectReason
from sim.exchange.requests import CancelOrder, ReplaceOrder
from sim.exchange.rules import check_instrument, check_terms

__all__ = ["ChangeRefusal", "cancel_reject", "refuse_change", "refuse_terms"]

ChangeRefusal = tuple[CancelRejectReason, str]


def refuse_change(
    owner: str, request: CancelOrder | ReplaceOrder, order: Order | None, directory: Directory
) -> ChangeRefusal | None:
    """Judge what a cancel and a replace have in common. Uses up the request's ClOrdID(11)."""
    if directory.is_used(owner, request.cl_ord_id):
        return CancelRejectReason.DUPLICATE_CL_ORD_ID, f"ClOrdID(11) {request.cl_ord_id} was used before"
    fault = directory.fault(request.cl_ord_id)
    if fault is not None:
        return CancelRejectReason.OTHER, fault
    directory.use(owner, request.cl_ord_id)
    if order is None or order.ended is Status.REJECTED:
        return CancelRejectReason.UNKNOWN_ORDER, f"unknown order {request.orig_cl_ord_id}"
    if order.cl_ord_id != request.orig_cl_ord_id:
        text = f"{request.orig_cl_ord_id} was replaced; the order's ClOrdID(11) is {order.cl_ord_id}"
        return CancelRejectReason.UNKNOWN_ORDER, text
    if (request.symbol, request.side) != (order.symbol, order.side):
        text = f"Symbol(55) and Side(54) must be those of the order: {order.symbol}, {order.side.value}"
        return CancelRejectReason.BROKER_OPTION, text
    if not order.is_open:
        return CancelRejectReason.TOO_LATE, f"too late, the order is {order.status.name.lower()}"
    return None


def refuse_terms(
    request: ReplaceOrder,
    order: Order,
    instrument: Instrument,
    market: Market,
    rules: ExchangeSettings,
    now: int,
) -> ChangeRefusal | None:
    """Judge the new terms of a replace."""
    if request.order_type not in _types_of(order):
        allowed = " or ".join(sorted(kind.value for kind in _types_of(order)))
        return CancelRejectReason.BROKER_OPTION, f"OrdType(40) must stay {allowed}"
    if request.time_in_force is None or request.time_in_force.is_immediate:
        return CancelRejectReason.BROKER_OPTION, "a resting order cannot become immediate or cancel"
    violation = check_instrument(
        instrument, request.quantity, request.price, market.last_price
    ) or check_terms(request, instrument, now)
    if violation is None and request.terms.post_only and market.book.crosses(order, request.price):
        return CancelRejectReason.BROKER_OPTION, "post only, and would trade at once"
    if violation is not None:
        return CancelRejectReason.BROKER_OPTION, violation[1]
    if request.quantity < order.cum and rules.replace_below_filled == "reject":
        text = f"too late, {order.cum} is filled and OrderQty(38) would be {request.quantity}"
        return CancelRejectReason.TOO_LATE, text
    return None


def _types_of(order: Order) -> set[OrderType]:
    """What a replace may call the order: what came to rest as a limit order may be called that too."""
    if order.order_type is OrderType.MARKET_TO_LIMIT or (order.triggered and order.price is not None):
        return {order.order_type, OrderType.LIMIT}
    return {order.order_type}


def cancel_reject(
    owner: str,
    request: CancelOrder | ReplaceOrder,
    order: Order | None,
    refusal: ChangeRefusal,
    now: int,
) -> CancelReject:
    reason, text = refusal
    unknown = order is None or reason is CancelRejectReason.UNKNOWN_ORDER
    return CancelReject(
        owner=owner,
        order_id=NO_ORDER_ID if order is None or unknown else order.order_id,
        cl_ord_id=request.cl_ord_id,
        orig_cl_ord_id=request.orig_cl_ord_id,
        account="" if order is None else order.account,
        status=Status.REJECTED if order is None or unknown else order.status,
        to_replace=isinstance(request, ReplaceOrder),
        reason=reason,
        text=text,
        at=now,
    )
