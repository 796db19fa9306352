"""Session cases, for any counterparty: what is wrong with a single message.

Numbers in `source` are those of the FIX session layer test cases.
"""

import time

from sim.certify.case import Case
from sim.certify.connector import Unmet
from sim.certify.peer import Peer, Where
from sim.wire import SECOND, format_utc

__all__ = ["MESSAGE_CASES"]


async def _duplicate_without_time(peer: Peer) -> None:
    await peer.logon()
    peer.send("1", [(112, "x")], head={43: "Y"})
    await _rejected(peer, "1", 122, "PossDupFlag(43)=Y without OrigSendingTime(122) is rejected")
    await peer.alive()


async def _duplicate_from_the_future(peer: Peer) -> None:
    await peer.logon()
    later = format_utc(time.time_ns() + 60 * SECOND)
    peer.send("1", [(112, "x")], head={43: "Y", 122: later})
    await peer.answered(
        "3", why="OrigSendingTime(122) after SendingTime(52) is rejected", where=_reason("10")
    )


async def _checksum(peer: Peer) -> None:
    await peer.logon()
    peer.send(
        "0", [], counts=False, data=lambda d: d[:-4] + (b"000\x01" if d[-4:] != b"000\x01" else b"001\x01")
    )
    await peer.alive("a message with a wrong CheckSum(10) is ignored, and its number is not used")


async def _body_length(peer: Peer) -> None:
    await peer.logon()

    def shorter(data: bytes) -> bytes:
        head, _, rest = data.partition(b"\x019=")
        length, _, rest = rest.partition(b"\x01")
        changed = head + b"\x019=" + str(int(length) - 1).encode() + b"\x01" + rest[:-7]
        return changed + b"10=%03d\x01" % (sum(changed) % 256)

    peer.send("0", [], counts=False, data=shorter)
    await peer.alive("a message with a wrong BodyLength(9) is ignored, and its number is not used")


async def _begin_string(peer: Peer) -> None:
    await peer.logon()
    peer.send("0", [], head={8: "FIX.4.1"})
    said = await peer.expect_end("another BeginString(8) ends the session")
    peer.leave_gap()  # engines differ in whether such a message uses up its number
    if not any(m.msg_type == "5" for m in said):
        raise Unmet("the connection was closed without a Logout(5)")


async def _comp_id(peer: Peer) -> None:
    await peer.logon()
    peer.send("0", [], head={49: "SOMEBODY-ELSE"})
    await peer.expect("3", why="another SenderCompID(49) is rejected with 373=9", where=_reason("9"))
    await peer.expect("5", why="and the session is logged out")


async def _sending_time(peer: Peer) -> None:
    await peer.logon()
    peer.send("0", [], head={52: format_utc(time.time_ns() - 3600 * SECOND)})
    await peer.expect("3", why="SendingTime(52) an hour ago is rejected with 373=10", where=_reason("10"))
    await peer.expect("5", why="and the session is logged out")


async def _msg_type(peer: Peer) -> None:
    await peer.logon()
    peer.send("zz", [(58, "what is this")])
    answer = await peer.answered("3,j", why="an unknown MsgType(35) is rejected")
    if answer.msg_type == "3" and answer.get(373) not in ("11", None):
        raise Unmet(f"SessionRejectReason(373) is {answer.get(373)}, expected 11")
    await peer.alive()


async def _required_tag(peer: Peer) -> None:
    await peer.logon()
    peer.send("1", [])
    await _rejected(peer, "1", 112, "a TestRequest(1) without TestReqID(112) is rejected")
    await peer.alive()


async def _empty_value(peer: Peer) -> None:
    await peer.logon()
    peer.send("1", [(112, "")])
    await peer.answered("3", why="a field without a value is rejected with 373=4", where=_reason("4"))
    await peer.alive()


async def _reject_received(peer: Peer) -> None:
    await peer.logon()
    peer.send("3", [(45, str(max(peer.next_in - 1, 1))), (58, "just a test")])
    await peer.alive("a Reject(3) from the other side changes nothing")


async def _split(peer: Peer) -> None:
    await peer.logon()
    asked = peer.name()
    halves: list[bytes] = []

    def first_half(data: bytes) -> bytes:
        halves.append(data[25:])
        return data[:25]

    peer.send("1", [(112, asked)], data=first_half)
    await peer.drain()
    peer.send_bytes(halves[0])
    await peer.expect("0", why="it is answered", where=lambda m: m.get(112) == asked)
    await peer.alive("a message that came in pieces is understood")


async def _rejected(peer: Peer, reason: str, tag: int, why: str) -> None:
    reject = await peer.answered("3", why=why)
    if reject.get(373) != reason:
        raise Unmet(f"SessionRejectReason(373) is {reject.get(373)}, expected {reason}")
    if reject.get(371) not in (None, str(tag)):
        raise Unmet(f"RefTagID(371) is {reject.get(371)}, expected {tag}")


def _reason(code: str) -> Where:
    """Give a condition on a Reject(3): its reason. FIX 4.0 and 4.1 have none."""
    return lambda message: message.get(373) in (code, None)


MESSAGE_CASES = (
    Case(
        "S13",
        "Duplicate without its time",
        "OrigSendingTime(122) is required.",
        ("send PossDupFlag(43)=Y without 122",),
        _duplicate_without_time,
        "2g",
    ),
    Case(
        "S14",
        "Duplicate from the future",
        "OrigSendingTime(122) cannot be after SendingTime(52).",
        ("send PossDupFlag(43)=Y with a later 122",),
        _duplicate_from_the_future,
        "2f",
    ),
    Case("S15", "Wrong CheckSum", "Garbled messages are ignored.", ("send a wrong 10",), _checksum, "2t, 3b"),
    Case("S16", "Wrong BodyLength", "Garbled messages are ignored.", ("send a wrong 9",), _body_length, "2m"),
    Case(
        "S17", "Wrong BeginString", "The version does not change.", ("send another 8",), _begin_string, "2i"
    ),
    Case("S18", "Wrong SenderCompID", "The identity does not change.", ("send another 49",), _comp_id, "2k"),
    Case(
        "S19",
        "Wrong SendingTime",
        "Old messages are refused.",
        ("send 52 of an hour ago",),
        _sending_time,
        "2o",
    ),
    Case("S20", "Unknown MsgType", "It is rejected, the session goes on.", ("send 35=zz",), _msg_type, "2q"),
    Case(
        "S21",
        "Required tag missing",
        "It is rejected, the session goes on.",
        ("send a TestRequest(1) without 112",),
        _required_tag,
        "14b",
    ),
    Case(
        "S22",
        "Tag without value",
        "It is rejected, the session goes on.",
        ("send 112 empty",),
        _empty_value,
        "14d",
    ),
    Case("S27", "Reject received", "It changes nothing.", ("send a Reject(3)",), _reject_received, "7"),
    Case(
        "S28",
        "Message in pieces",
        "Where packets end means nothing.",
        ("send a byte, then the rest",),
        _split,
        "-",
    ),
)
