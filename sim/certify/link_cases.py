"""Session cases, for any counterparty: how a connection begins, is kept alive and ends.

Numbers in `source` are those of the FIX session layer test cases.
"""

from sim.certify.case import Case
from sim.certify.connector import Unmet
from sim.certify.peer import Peer

__all__ = ["LINK_CASES"]

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


async def _logout(peer: Peer) -> None:
    await peer.logon()
    await peer.log_out()
    if peer.connector.initiator:
        peer.cut()
        return
    await peer.expect_end("and the initiator of the connection closes it")


async def _with_short_heartbeat(peer: Peer) -> int:
    await peer.logon(_SHORT_HEARTBEAT_S)
    if peer.heartbeat_s > _PATIENCE_MAX_S:
        raise Unmet(
            f"HeartBtInt(108) is {peer.heartbeat_s} s; give the counterparty {_PATIENCE_MAX_S} s or less"
        )
    return peer.heartbeat_s


LINK_CASES = (
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
    Case("S30", "Logout", "The session ends in order.", ("send a Logout(5)",), _logout, "13b"),
)
