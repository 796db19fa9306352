"""Whether a first message is a Logon(A) that can be accepted."""

from dataclasses import dataclass

from sim.config.settings import SessionSettings
from sim.session.registry import Counterparty, Registry
from sim.session.versions import Version, version_of
from sim.wire import SECOND, Message, format_utc, parse_utc, tags

__all__ = ["Accepted", "Refusal", "check_logon"]

_HEARTBEAT_MAX_S = 86_400


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not. With a `peer` the refusal is told to it in a Logout(5); without, there is nobody to tell."""

    text: str
    peer: Counterparty | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    peer: Counterparty
    seq: int
    heartbeat_s: int
    reset: bool
    next_expected: int | None


def check_logon(
    message: Message, settings: SessionSettings, registry: Registry, now: int
) -> Accepted | Refusal:
    """Judge the first message of a connection. Changes no sequence number."""
    if message.msg_type != "A":
        return Refusal("the first message must be Logon(A)")
    comp_id, target, seq = (
        message.get(tags.SENDER_COMP_ID),
        message.get(tags.TARGET_COMP_ID),
        message.number(tags.MSG_SEQ_NUM),
    )
    if not comp_id or not target or not seq:
        return Refusal("SenderCompID(49), TargetCompID(56) and MsgSeqNum(34) are required")
    version = version_of(message.fields[tags.BEGIN_STRING], message.get(tags.DEFAULT_APPL_VER_ID))
    if version is None:
        return Refusal(_versions_text())
    if settings.sender_comp_id not in ("*", target):
        # Nothing is known of this counterparty, so the answer must not use up a number of a real session.
        stranger = Counterparty(comp_id, settings.sender_comp_id, version)
        return Refusal(f"TargetCompID(56) must be {settings.sender_comp_id}, was {target}", stranger)
    peer = registry.open(comp_id)
    if peer.connected:
        # A Logout here would use a number of the session that is up.
        return Refusal(f"{comp_id} is already connected")
    peer.own_comp_id, peer.version = target, version
    return _check_numbers(message, peer, seq, settings, now)


def _check_numbers(
    message: Message, peer: Counterparty, seq: int, settings: SessionSettings, now: int
) -> Accepted | Refusal:
    heartbeat_s = message.number(tags.HEART_BT_INT)
    if heartbeat_s is None or heartbeat_s > _HEARTBEAT_MAX_S:
        return Refusal(f"HeartBtInt(108) must be 0 to {_HEARTBEAT_MAX_S} seconds", peer)
    sent_at = parse_utc(message.get(tags.SENDING_TIME) or "")
    tolerance = settings.sending_time_tolerance_s
    if sent_at is None or (tolerance and abs(now - sent_at) > tolerance * SECOND):
        return Refusal(
            f"SendingTime(52) must be a UTCTimestamp within {tolerance} s of {format_utc(now)}", peer
        )
    reset = message.flag(tags.RESET_SEQ_NUM_FLAG)
    if reset and seq != 1:
        return Refusal("MsgSeqNum(34) must be 1 with ResetSeqNumFlag(141)=Y", peer)
    if not reset and seq < peer.next_in:
        return Refusal(f"MsgSeqNum(34) too low, expecting {peer.next_in} but received {seq}", peer)
    next_expected = message.number(tags.NEXT_EXPECTED_MSG_SEQ_NUM)
    next_out = 1 if reset else peer.next_out
    if next_expected is not None and not 1 <= next_expected <= next_out:
        return Refusal(
            f"NextExpectedMsgSeqNum(789) {next_expected} is beyond what was sent: next is {next_out}", peer
        )
    return Accepted(peer, seq, heartbeat_s, reset, next_expected)


def _versions_text() -> str:
    known = ", ".join(
        v.begin_string
        if v.appl_ver_id is None
        else f"{v.begin_string} with DefaultApplVerID(1137)={v.appl_ver_id}"
        for v in Version
    )
    return f"BeginString(8) must be one of: {known}"
