"""Order cases for a client: the kit is the venue, and waits for the client to send orders."""

import re
import time
from decimal import Decimal

from sim.certify.case import Case
from sim.certify.connector import Unmet
from sim.certify.peer import Peer
from sim.wire import Fields, Message, format_utc

__all__ = ["CLIENT_CASES"]


_QUANTITY = re.compile(r"\d{1,12}(\.\d{1,8})?")


class _Worked:
    """An order of the client, and what the kit has said of it."""

    def __init__(self, peer: Peer, order: Message) -> None:
        self.peer = peer
        self.order = order
        self.cum = Decimal(0)
        text = order.get(38) or ""
        if not _QUANTITY.fullmatch(text) or not Decimal(text):
            raise Unmet(f"OrderQty(38) of the order must be a number above 0, was {text or 'absent'}")
        self.quantity = Decimal(text)

    def say(
        self, exec_type: str, status: str, exec_id: str | None = None, more: Fields | None = None
    ) -> Fields:
        body = self.report(exec_type, status, exec_id, more)
        self.peer.send("8", body)
        return body

    def bust(self, exec_id: str) -> None:
        """Take the whole back that was filled: ExecTransType(20)=1 in FIX 4.2, ExecType(150)=H later."""
        self.cum = Decimal(0)
        words = {20: "1", 150: "0"} if self.peer.profile.begin_string == "FIX.4.2" else {150: "H"}
        body = self.report("H", "0", more=[(19, exec_id)])
        self.peer.send("8", [(tag, words.get(tag, value)) for tag, value in body])

    def report(
        self, exec_type: str, status: str, exec_id: str | None = None, more: Fields | None = None
    ) -> Fields:
        """Give an ExecutionReport(8) on the order as it stands."""
        order, leaves = self.order, self.quantity - self.cum
        if status in ("2", "4", "8", "C"):
            leaves = Decimal(0)
        body: Fields = [
            (37, f"V{order.get(11)}"),
            (11, order.get(11) or ""),
            (17, exec_id or self.peer.name()),
        ]
        if self.peer.profile.begin_string == "FIX.4.2":
            body.append((20, "0"))
            exec_type = status if exec_type == "F" else exec_type
        body += [(150, exec_type), (39, status), (55, order.get(55) or ""), (54, order.get(54) or "")]
        body += [(38, _number(self.quantity)), (151, _number(leaves)), (14, _number(self.cum))]
        average = order.get(44) or "1"
        body += [(6, average if self.cum else "0"), (60, format_utc(time.time_ns())), *(more or [])]
        return body

    def acknowledge(self) -> None:
        self.say("0", "0")

    def fill(self, quantity: Decimal, exec_id: str | None = None) -> Fields:
        self.cum += quantity
        status = "2" if self.cum >= self.quantity else "1"
        return self.say("F", status, exec_id, [(32, _number(quantity)), (31, self.order.get(44) or "1")])


async def _order(peer: Peer) -> _Worked:
    await peer.logon()
    peer.note("waiting for the client to send an order: please send one now")
    order = await peer.expect(
        "D", why="the client sends a NewOrderSingle(D)", within_s=peer.profile.order_within / 1e9
    )
    required = (11, 55, 54, 38, 40, 60)
    missing = [tag for tag in required if not order.get(tag)]
    if missing:
        raise Unmet(f"the order has no field {missing[0]}")
    return _Worked(peer, order)


async def _goes_on(peer: Peer) -> None:
    """Demand that the client took what it was told."""
    await peer.alive()
    if peer.rejects:
        reject = peer.rejects[0]
        raise Unmet(f"the client answered with {reject.msg_type}: {reject.get(58) or reject.get(373)}")


async def _acknowledged(peer: Peer) -> None:
    worked = await _order(peer)
    worked.acknowledge()
    await _goes_on(peer)
    worked.say("4", "4")
    await _goes_on(peer)


async def _rejected(peer: Peer) -> None:
    worked = await _order(peer)
    worked.say("8", "8", more=[(103, "99" if peer.profile.begin_string != "FIX.4.2" else "0"), (58, "test")])
    await _goes_on(peer)


async def _parts(peer: Peer) -> None:
    worked = await _order(peer)
    worked.acknowledge()
    half = worked.quantity // 2
    worked.fill(half)
    worked.fill(worked.quantity - half)
    await _goes_on(peer)


async def _fill_first(peer: Peer) -> None:
    worked = await _order(peer)
    worked.fill(worked.quantity)
    worked.say("0", "2")
    await _goes_on(peer)


async def _same_execution(peer: Peer) -> None:
    worked = await _order(peer)
    worked.acknowledge()
    body = worked.fill(worked.quantity)
    peer.send("8", body)
    await _goes_on(peer)


async def _unsolicited_cancel(peer: Peer) -> None:
    worked = await _order(peer)
    worked.acknowledge()
    worked.say("4", "4", more=[(58, "end of day")])
    await _goes_on(peer)


async def _fill_after_cancel(peer: Peer) -> None:
    worked = await _order(peer)
    worked.acknowledge()
    worked.say("4", "4")
    worked.cum = Decimal(1)
    worked.say("F", "4", more=[(32, "1"), (31, worked.order.get(44) or "1")])
    await _goes_on(peer)


async def _bust(peer: Peer) -> None:
    worked = await _order(peer)
    worked.acknowledge()
    body = worked.fill(Decimal(1))
    exec_id = next(value for tag, value in body if tag == 17)
    worked.bust(exec_id)
    await _goes_on(peer)
    worked.say("4", "4")


async def _stray(peer: Peer) -> None:
    worked = await _order(peer)
    worked.acknowledge()
    body = worked.report("F", "2", more=[(32, "1"), (31, "1")])
    stray = [(t, {11: "NOBODY", 37: "NOTHING", 17: peer.name()}.get(t, v)) for t, v in body]
    peer.send("8", stray)
    await peer.alive("an execution of an unknown order does not end the session")
    worked.say("4", "4")  # the client's own order is not to be in doubt in the next case
    await peer.alive()


async def _missed(peer: Peer) -> None:
    worked = await _order(peer)
    worked.acknowledge()
    lost = peer.next_out
    peer.next_out += 1
    peer.send("0", [])
    asked = await peer.expect("2", why="the report that was lost is asked for")
    if asked.get(7) != str(lost):
        raise Unmet(f"BeginSeqNo(7) is {asked.get(7)}, the first missing number is {lost}")
    peer.fill_gap(lost)
    worked.say("4", "4")
    await _goes_on(peer)


def _number(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


CLIENT_CASES = (
    Case(
        "C01",
        "Acknowledgement",
        "An order is acknowledged and canceled.",
        ("wait for an order", "acknowledge", "cancel"),
        _acknowledged,
        "A.1",
        "client",
    ),
    Case(
        "C02",
        "Reject",
        "A rejected order does not disturb the session.",
        ("wait for an order", "reject it"),
        _rejected,
        "A.1",
        "client",
    ),
    Case(
        "C03",
        "Fill in parts",
        "Partial fills are taken.",
        ("wait for an order", "acknowledge", "fill it in two parts"),
        _parts,
        "A.1",
        "client",
    ),
    Case(
        "C04",
        "Fill before the acknowledgement",
        "Their order does not matter.",
        ("wait for an order", "fill", "acknowledge"),
        _fill_first,
        "-",
        "client",
    ),
    Case(
        "C05",
        "Execution twice",
        "The same ExecID(17) in two messages is taken in silence.",
        ("wait for an order", "fill", "the same again"),
        _same_execution,
        "-",
        "client",
    ),
    Case(
        "C06",
        "Unsolicited cancel",
        "It is taken.",
        ("wait for an order", "acknowledge", "cancel"),
        _unsolicited_cancel,
        "F.2",
        "client",
    ),
    Case(
        "C07",
        "Fill after the cancel",
        "It is taken.",
        ("wait for an order", "acknowledge", "cancel", "fill 1"),
        _fill_after_cancel,
        "-",
        "client",
    ),
    Case(
        "C08",
        "Bust",
        "A trade that is taken back is taken.",
        ("wait for an order", "fill 1", "bust it"),
        _bust,
        "I.1",
        "client",
    ),
    Case(
        "C09",
        "Lost report",
        "A gap is asked for.",
        ("wait for an order", "skip a number"),
        _missed,
        "2b",
        "client",
    ),
    Case(
        "C10",
        "Unknown order",
        "An execution of an order that is not the client's does not end the session.",
        ("wait for an order", "report on another"),
        _stray,
        "-",
        "client",
    ),
)
