"""What a ResendRequest(2) is answered with."""

from collections.abc import Iterator
from dataclasses import dataclass

from sim.session.header import REQUIRED_TAG_MISSING, VALUE_INCORRECT, Fault
from sim.session.registry import Counterparty
from sim.wire import Fields, Message, tags

__all__ = ["Resend", "asked_range", "plan"]


@dataclass(frozen=True, slots=True)
class Resend:
    """One message of the answer, to be sent with PossDupFlag(43)=Y and OrigSendingTime(122)."""

    msg_type: str
    seq: int
    sent_at: str
    body: Fields


def asked_range(message: Message, last: int) -> tuple[int, int] | Fault:
    """Give first and last number that a ResendRequest(2) asks for, where numbers up to `last` were sent."""
    begin, end = message.number(tags.BEGIN_SEQ_NO), message.number(tags.END_SEQ_NO)
    if begin is None:
        return Fault(REQUIRED_TAG_MISSING, "BeginSeqNo(7) is missing or no number", tags.BEGIN_SEQ_NO)
    if end is None:
        return Fault(REQUIRED_TAG_MISSING, "EndSeqNo(16) is missing or no number", tags.END_SEQ_NO)
    # 0 is infinity; 999999 was before 4.2, and some peers still send it.
    if not 1 <= begin <= (end or begin) or begin > last:
        text = f"BeginSeqNo(7) {begin} to EndSeqNo(16) {end}: sent so far are 1 to {last}"
        return Fault(VALUE_INCORRECT, text, tags.BEGIN_SEQ_NO)
    return begin, min(end, last) if end else last


def plan(peer: Counterparty, begin: int, end: int, now: str) -> Iterator[Resend]:
    """Give application messages as they were, and one SequenceReset-GapFill for each run of others.

    `begin` and `end` are inclusive and lie within what was sent.
    """
    gap_from = None
    for seq in range(begin, end + 1):
        sent = peer.sent.get(seq)
        if sent is None:
            gap_from = seq if gap_from is None else gap_from
            continue
        if gap_from is not None:
            yield _gap_fill(gap_from, seq, now)
            gap_from = None
        yield Resend(sent.msg_type, seq, sent.sending_time, sent.body)
    if gap_from is not None:
        yield _gap_fill(gap_from, end + 1, now)


def _gap_fill(seq: int, new_seq: int, now: str) -> Resend:
    return Resend("4", seq, now, [(tags.GAP_FILL_FLAG, "Y"), (tags.NEW_SEQ_NO, str(new_seq))])
