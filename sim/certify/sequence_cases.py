"""Session cases, for any counterparty: numbers that are too high or too low, resends and resets.

Numbers in `source` are those of the FIX session layer test cases.
"""

import time

from sim.certify.case import Case
from sim.certify.connector import Unmet
from sim.certify.peer import Peer
from sim.wire import Message, format_utc

__all__ = ["SEQUENCE_CASES"]


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
    await peer.expect("3", why="a SequenceReset-Reset to a lower number is rejected", where=_value_incorrect)


def _value_incorrect(message: Message) -> bool:
    """SessionRejectReason(373), which FIX 4.0 and 4.1 do not have."""
    return message.get(373) in ("5", None)


SEQUENCE_CASES = (
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
)
