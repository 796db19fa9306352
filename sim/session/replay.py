"""What a ResendRequest(2) is answered with."""

from collections.abc import Iterator
from dataclasses import dataclass

from sim.session.registry import Counterparty
from sim.wire import Fields, tags

__all__ = ["Resend", "plan"]


@dataclass(frozen=True, slots=True)
class Resend:
    """One message of the answer, to be sent with PossDupFlag(43)=Y and OrigSendingTime(122)."""

    msg_type: str
    seq: int
    sent_at: str
    body: Fields


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
