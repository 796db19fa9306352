"""Order cases for a venue: the kit is the client."""

import time
from collections.abc import Mapping

from sim.certify.case import Case
from sim.certify.connector import Unmet
from sim.certify.peer import Peer, Where
from sim.wire import Fields, Message, format_utc

__all__ = ["VENUE_CASES"]


async def _new(peer: Peer) -> None:
    await peer.logon()
    order = _order(peer)
    report = await _sent(peer, order)
    _check(report, {39: "0", 11: _of(order, 11), 14: "0"})
    for tag in (37, 17, 55, 54, 151):
        if report.get(tag) is None:
            raise Unmet(f"the acknowledgement has no field {tag}")
    if report.get(54) != _of(order, 54) or report.get(55) != _of(order, 55):
        raise Unmet("Symbol(55) or Side(54) of the acknowledgement are not those of the order")
    await _cleanup(peer, order)


async def _cancel(peer: Peer) -> None:
    await peer.logon()
    order = _order(peer)
    await _sent(peer, order)
    request = _change(peer, order)
    peer.send("F", request)
    canceled = await _report(peer, request, "the order is canceled", {39: "4"})
    _check(canceled, {41: _of(order, 11), 151: "0"})


async def _replace(peer: Peer) -> None:
    await peer.logon()
    order = _order(peer)
    await _sent(peer, order)
    quantity = str(peer.profile.order.quantity // 2)
    request = _replacement(peer, order, quantity)
    peer.send("G", request)
    replaced = await _report(peer, request, "the order is replaced", {150: "5"})
    _check(replaced, {38: quantity, 41: _of(order, 11)})
    await _cleanup(peer, [*request])


async def _cancel_unknown(peer: Peer) -> None:
    await peer.logon()
    order = _order(peer)
    request = _change(peer, order)
    peer.send("F", request)
    reject = await peer.expect(
        "9", why="the cancel of an unknown order is rejected", where=_is_about(request)
    )
    _check(reject, {102: "1", 434: "1"})


async def _duplicate_id(peer: Peer) -> None:
    await peer.logon()
    order = _order(peer)
    await _sent(peer, order)
    peer.send("D", order)
    await _report(peer, order, "a ClOrdID(11) that was used is rejected", {39: "8"})
    request = _change(peer, order)
    peer.send("F", request)
    await _report(peer, request, "and the first order lives: it can be canceled", {39: "4"})


async def _unknown_symbol(peer: Peer) -> None:
    await peer.logon()
    order = _order(peer, {55: "NO-SUCH-SYMBOL"})
    peer.send("D", order)
    answer = await peer.expect("8,j", why="an order for an unknown symbol is rejected")
    if answer.msg_type == "8":
        _check(answer, {39: "8", 11: _of(order, 11)})
    await peer.alive()


async def _missing_field(peer: Peer) -> None:
    await peer.logon()
    peer.send("D", [(t, v) for t, v in _order(peer) if t != 54])
    answer = await peer.expect("3,8,j", why="an order without Side(54) is refused")
    if answer.msg_type == "8":
        _check(answer, {39: "8"})
    await peer.alive()


async def _status(peer: Peer) -> None:
    await peer.logon()
    order = _order(peer)
    await _sent(peer, order)
    peer.send("H", [(11, _of(order, 11)), *((t, v) for t, v in order if t in (1, 54, 55))])
    why = "OrderStatusRequest(H) is answered"
    report = await peer.expect("8", why=why, where=lambda m: m.get(11) == _of(order, 11))
    _check(report, {39: "0"})
    await _cleanup(peer, order)


async def _possible_resend(peer: Peer) -> None:
    await peer.logon()
    order = _order(peer)
    first = await _sent(peer, order)
    peer.send("D", order, head={97: "Y"})
    answer = await peer.expect(
        "8", why="PossResend(97)=Y of a known order is answered", where=_is_about(order)
    )
    if answer.get(37) not in (first.get(37), "NONE") or (
        answer.get(150) == "0" and answer.get(37) != first.get(37)
    ):
        raise Unmet(f"a second order was made: OrderID(37) {answer.get(37)}")
    request = _change(peer, order)
    peer.send("F", request)
    await _report(peer, request, "the one order is canceled", {39: "4"})


async def _missed_report(peer: Peer) -> None:
    await peer.logon()
    order = _order(peer)
    seen = await _sent(peer, order)
    peer.send("2", [(7, seen.get(34) or "1"), (16, "0")])
    again = await peer.expect("8", why="the report comes again when asked for", where=lambda m: m.flag(43))
    for tag in (34, 17, 37, 11, 39):
        if again.get(tag) != seen.get(tag):
            raise Unmet(f"field {tag} is {again.get(tag)} in the resend, and was {seen.get(tag)}")
    if again.get(122) is None:
        raise Unmet("the resend has no OrigSendingTime(122)")
    await _cleanup(peer, order)


def _order(peer: Peer, changes: Mapping[int, str] | None = None) -> Fields:
    terms = peer.profile.order
    fields = {
        11: peer.name(), 21: "1", 55: terms.symbol, 54: terms.side, 60: format_utc(time.time_ns()),
        38: str(terms.quantity), 40: "2", 44: terms.price, 59: "0",
    } | terms.fields | dict(changes or {})  # fmt: skip
    return list(fields.items())


def _change(peer: Peer, order: Fields) -> Fields:
    kept = [(t, v) for t, v in order if t in (1, 38, 54, 55)]
    return [(11, peer.name()), (41, _of(order, 11)), *kept, (60, format_utc(time.time_ns()))]


def _replacement(peer: Peer, order: Fields, quantity: str) -> Fields:
    kept = [(t, quantity if t == 38 else v) for t, v in order if t not in (11, 60)]
    return [(11, peer.name()), (41, _of(order, 11)), *kept, (60, format_utc(time.time_ns()))]


async def _sent(peer: Peer, order: Fields) -> Message:
    peer.send("D", order)
    return await _report(peer, order, "the order is acknowledged", {150: "0"})


async def _report(peer: Peer, request: Fields, why: str, fields: Mapping[int, str]) -> Message:
    about = _is_about(request)
    return await peer.expect(
        "8", why=why, where=lambda m: about(m) and all(m.get(t) == v for t, v in fields.items())
    )


async def _cleanup(peer: Peer, order: Fields) -> None:
    request = _change(peer, order)
    peer.send("F", request)
    await _report(peer, request, "the case's order is canceled", {39: "4"})


def _is_about(request: Fields) -> Where:
    return lambda message: message.get(11) == _of(request, 11)


def _of(fields: Fields, tag: int) -> str:
    return next(value for t, value in fields if t == tag)


def _check(message: Message, fields: Mapping[int, str]) -> None:
    for tag, value in fields.items():
        if message.get(tag) != value:
            raise Unmet(f"field {tag} is {message.get(tag)}, expected {value}")


VENUE_CASES = (
    Case(
        "O01",
        "New order",
        "An order is acknowledged in full.",
        ("send a limit order",),
        _new,
        "A.1",
        "venue",
    ),
    Case(
        "O02",
        "Cancel",
        "A working order is canceled.",
        ("order", "cancel"),
        _cancel,
        "B.1",
        "venue",
    ),
    Case(
        "O03",
        "Replace",
        "A working order is replaced.",
        ("order", "replace"),
        _replace,
        "C.1",
        "venue",
    ),
    Case(
        "O04",
        "Cancel of an unknown order",
        "It is rejected as such.",
        ("cancel",),
        _cancel_unknown,
        "B.1",
        "venue",
    ),
    Case(
        "O05",
        "ClOrdID used twice",
        "It is rejected, and the first order lives.",
        ("order", "the same again", "cancel"),
        _duplicate_id,
        "F.1",
        "venue",
    ),
    Case(
        "O06",
        "Unknown symbol",
        "The order is rejected, the session goes on.",
        ("order",),
        _unknown_symbol,
        "A.1",
        "venue",
    ),
    Case(
        "O07",
        "Field missing",
        "The order is refused, the session goes on.",
        ("order without Side(54)",),
        _missing_field,
        "14b",
        "venue",
    ),
    Case(
        "O08",
        "Order status",
        "It is answered.",
        ("order", "status request"),
        _status,
        "G.1",
        "venue",
    ),
    Case(
        "O09",
        "Possible resend",
        "An order is not worked twice.",
        ("order", "the same with PossResend(97)=Y", "cancel"),
        _possible_resend,
        "19",
        "venue",
    ),
    Case(
        "O10",
        "Report asked for again",
        "A resend is the same report.",
        ("order", "resend request"),
        _missed_report,
        "8",
        "venue",
    ),
)
