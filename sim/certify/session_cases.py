"""Session cases, for any counterparty. Numbers in `source` are those of the FIX session layer test cases."""

import time

from sim.certify.case import Case
from sim.certify.peer import Peer, Unmet, Where
from sim.wire import SECOND, format_utc

__all__ = ["SESSION_CASES"]

_SHORT_HEARTBEAT_S = 2
_PATIENCE_MAX_S = 15


async def _logon(peer: Peer) -> None:
    answer = await peer.logon()
    ids = (answer.get(49), answer.get(56))
    if ids != (peer.profile.target_comp_id, peer.profile.sender_comp_id):
        raise Unmet(f"SenderCompID(49) and TargetCompID(56) are {ids[0]} and {ids[1]}")
    if peer.connector.initiator and answer.get(108) != str(peer.profile.heartbeat_s):
        raise Unmet(
            f"HeartBtInt(108) of the answer is {answer.get(108)}, was asked {peer.profile.heartbeat_s}"
        )
    await peer.alive()


async def _logon_reset(peer: Peer) -> None:
    answer = await peer.logon(reset=True)
    if answer.get(34) != "1" or not answer.flag(141):
        raise Unmet(f"the answer has MsgSeqNum(34)={answer.get(34)}, ResetSeqNumFlag(141)={answer.get(141)}")
    await peer.alive()


async def _first_not_logon(peer: Peer) -> None:
    await peer.connect()
    peer.send("1", [(112, "hello")], seq=1)
    said = await peer.expect_end("the connection is closed")
    if any(m.msg_type in ("0", "A") for m in said):
        raise Unmet("a message before the Logon(A) was answered")


async def _wrong_target(peer: Peer) -> None:
    await peer.connect()
    logon = [(98, "0"), (108, "30"), (141, "Y"), *peer.version_fields()]
    peer.send("A", logon, seq=1, head={56: "NOBODY-HERE"})
    said = await peer.expect_end("the Logon(A) for somebody else is refused")
    if any(m.msg_type == "A" for m in said):
        raise Unmet("a Logon(A) for another TargetCompID(56) was accepted")


async def _second_connection(peer: Peer) -> None:
    await peer.logon()
    other = Peer(peer.profile, peer.connector)
    other.trace, other._began = peer.trace, peer._began
    await other.connect()
    logon = [(98, "0"), (108, "30"), *peer.version_fields(), *peer.profile.logon_fields()]
    other.send("A", logon, seq=peer.next_out)
    said = await other.expect_end("the second connection is refused")
    if any(m.msg_type == "A" for m in said):
        raise Unmet("two connections are logged on with one identity")
    await peer.alive("the first connection goes on")


async def _test_request(peer: Peer) -> None:
    await peer.logon()
    await peer.alive("a TestRequest(1) is answered by a Heartbeat(0) with its TestReqID(112)")


async def _heartbeat(peer: Peer) -> None:
    interval = await _with_short_heartbeat(peer)
    why = "a Heartbeat(0) comes by itself, or what makes it needless"
    beat = await peer.expect("0,1,8,9,j,D,F,G,H", why=why, within_s=interval * 1.5 + 1)
    if beat.msg_type == "0" and beat.get(112) is not None:
        raise Unmet("TestReqID(112) is in a Heartbeat(0) that nobody asked for")


async def _silence(peer: Peer) -> None:
    interval = await _with_short_heartbeat(peer)
    peer.silent = True
    await peer.expect("1", why="a TestRequest(1) comes after silence", within_s=interval * 2 + 2)
    await peer.expect_end("an unanswered TestRequest(1) ends the connection", within_s=interval * 3 + 3)


async def _with_short_heartbeat(peer: Peer) -> int:
    await peer.logon(_SHORT_HEARTBEAT_S)
    if peer.heartbeat_s > _PATIENCE_MAX_S:
        raise Unmet(
            f"HeartBtInt(108) is {peer.heartbeat_s} s; give the counterparty {_PATIENCE_MAX_S} s or less"
        )
    return peer.heartbeat_s


async def _too_high(peer: Peer) -> None:
    await peer.logon()
    missing = peer.next_out
    peer.next_out += 2
    peer.send("0", [])
    asked = await peer.expect("2", why="a gap is asked for by ResendRequest(2)")
    if asked.get(7) != str(missing):
        raise Unmet(f"BeginSeqNo(7) is {asked.get(7)}, the first missing number is {missing}")
    peer.fill_gap(missing)
    await peer.alive("the session goes on once the gap is filled")


async def _too_low(peer: Peer) -> None:
    await peer.logon()
    await peer.alive()
    peer.send("0", [], seq=1)
    said = await peer.expect_end("a number that is too low ends the session")
    if not any(m.msg_type == "5" for m in said):
        raise Unmet("the connection was closed without a Logout(5) that says why")


async def _possible_duplicate(peer: Peer) -> None:
    await peer.logon()
    await peer.alive()
    now = format_utc(time.time_ns())
    peer.send("1", [(112, "again")], seq=peer.next_out - 1, head={43: "Y", 122: now})
    await peer.alive("a possible duplicate that was seen before is ignored")


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


async def _resend_request(peer: Peer) -> None:
    await peer.logon()
    await peer.alive()
    last = peer.next_in - 1
    peer.send("2", [(7, "1"), (16, "0")])
    expected = 1
    while expected <= last:
        message = await peer.expect(
            "4,0,1,2,3,5,8,9,A,j,D,F,G,H",
            why=f"what was sent from {expected} on comes again or is filled over",
            where=lambda m: m.flag(43) or m.msg_type == "4",
        )
        if message.number(34) != expected:
            raise Unmet(f"MsgSeqNum(34) is {message.get(34)}, the next of the answer is {expected}")
        new = message.number(36) if message.msg_type == "4" else expected + 1
        if new is None or new <= expected:
            raise Unmet(f"NewSeqNo(36) is {message.get(36)}, must be above {expected}")
        expected = new
    await peer.alive()


async def _gap_fill(peer: Peer) -> None:
    await peer.logon()
    peer.send("4", [(123, "Y"), (36, str(peer.next_out + 5))])
    peer.next_out += 4
    await peer.alive("a SequenceReset-GapFill moves the expected number")


async def _reset(peer: Peer) -> None:
    await peer.logon()
    peer.send("4", [(36, str(peer.next_out + 50))])
    peer.next_out += 49
    await peer.alive("a SequenceReset-Reset moves the expected number")


async def _reset_back(peer: Peer) -> None:
    await peer.logon()
    await peer.alive()
    peer.send("4", [(36, "1")], counts=False)
    await peer.expect("3", why="a SequenceReset-Reset to a lower number is rejected", where=_reason("5"))


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


async def _logout(peer: Peer) -> None:
    await peer.logon()
    await peer.log_out()
    if peer.connector.initiator:
        peer.cut()
        return
    await peer.expect_end("and the initiator of the connection closes it")


async def _rejected(peer: Peer, reason: str, tag: int, why: str) -> None:
    reject = await peer.answered("3", why=why)
    if reject.get(373) != reason:
        raise Unmet(f"SessionRejectReason(373) is {reject.get(373)}, expected {reason}")
    if reject.get(371) not in (None, str(tag)):
        raise Unmet(f"RefTagID(371) is {reject.get(371)}, expected {tag}")


def _reason(code: str) -> Where:
    """Give a condition on a Reject(3): its reason. FIX 4.0 and 4.1 have none."""
    return lambda message: message.get(373) in (code, None)


SESSION_CASES = (
    Case("S01", "Logon", "A session is established.", ("log on", "test request"), _logon, "1B, 1S"),
    Case(
        "S02",
        "Logon with reset",
        "Both sides begin at 1.",
        ("log on with 141=Y",),
        _logon_reset,
        "1S",
        initiator=True,
    ),
    Case(
        "S03",
        "First message is no Logon",
        "Nothing but a Logon(A) opens a session.",
        ("connect", "send a TestRequest(1)"),
        _first_not_logon,
        "1S",
        initiator=True,
    ),
    Case(
        "S04",
        "Logon for somebody else",
        "TargetCompID(56) is checked.",
        ("connect", "log on with another TargetCompID(56)"),
        _wrong_target,
        "1S",
        initiator=True,
    ),
    Case(
        "S05",
        "Second connection",
        "One identity has one connection.",
        ("log on", "connect again and log on"),
        _second_connection,
        "1S",
        initiator=True,
    ),
    Case("S06", "TestRequest", "It is answered.", ("send a TestRequest(1)",), _test_request, "4b"),
    Case("S07", "Heartbeat", "An idle session is kept alive.", ("wait",), _heartbeat, "4a"),
    Case(
        "S08", "Silence", "A dead counterparty is found.", ("say nothing", "answer nothing"), _silence, "5, 6"
    ),
    Case(
        "S10",
        "Number too high",
        "What is missing is asked for.",
        ("skip two numbers", "fill the gap"),
        _too_high,
        "2b",
    ),
    Case(
        "S11",
        "Number too low",
        "A sequence that went back is fatal.",
        ("send number 1 again",),
        _too_low,
        "2c",
    ),
    Case(
        "S12",
        "Possible duplicate",
        "What was seen before is ignored.",
        ("send an earlier number with PossDupFlag(43)=Y",),
        _possible_duplicate,
        "2e",
    ),
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
    Case(
        "S23",
        "ResendRequest",
        "The answer leaves no number out.",
        ("ask for everything", "follow the answer"),
        _resend_request,
        "8",
    ),
    Case("S24", "GapFill", "The expected number moves.", ("send a gap fill",), _gap_fill, "10a"),
    Case("S25", "SequenceReset", "The expected number moves.", ("send a reset, upward",), _reset, "11a"),
    Case(
        "S26",
        "SequenceReset back",
        "The expected number never goes back.",
        ("send a reset to 1",),
        _reset_back,
        "11c",
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
    Case("S30", "Logout", "The session ends in order.", ("send a Logout(5)",), _logout, "13b"),
)
