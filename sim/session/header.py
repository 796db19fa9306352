"""What every message in sequence must have in its header."""

from dataclasses import dataclass

from sim.config.settings import SessionSettings
from sim.session.registry import Counterparty
from sim.wire import SECOND, Message, format_utc, parse_utc, tags

__all__ = ["REQUIRED_TAG_MISSING", "VALUE_INCORRECT", "Fault", "check_header"]

# SessionRejectReason(373)
REQUIRED_TAG_MISSING = 1
TAG_WITHOUT_VALUE = 4
VALUE_INCORRECT = 5
FORMAT_INCORRECT = 6
COMP_ID_PROBLEM = 9
SENDING_TIME_ACCURACY = 10


@dataclass(frozen=True, slots=True)
class Fault:
    """What to put into Reject(3), and whether the session must end over it."""

    reason: int
    text: str
    tag: int | None
    fatal: bool = False


def check_header(message: Message, peer: Counterparty, settings: SessionSettings, now: int) -> Fault | None:
    for tag in (tags.SENDER_COMP_ID, tags.TARGET_COMP_ID, tags.SENDING_TIME):
        if message.get(tag) is None:
            return Fault(REQUIRED_TAG_MISSING, f"field {tag} is missing", tag)
    if "" in message.fields.values():
        empty = next(tag for tag, value in message.fields.items() if not value)
        return Fault(TAG_WITHOUT_VALUE, f"field {empty} is empty", empty)
    comp_ids = (message.fields[tags.SENDER_COMP_ID], message.fields[tags.TARGET_COMP_ID])
    if comp_ids != (peer.comp_id, peer.own_comp_id):
        text = f"SenderCompID(49) and TargetCompID(56) must stay {peer.comp_id} and {peer.own_comp_id}"
        return Fault(COMP_ID_PROBLEM, text, None, fatal=True)
    sent_at = parse_utc(message.fields[tags.SENDING_TIME])
    if sent_at is None:
        return Fault(FORMAT_INCORRECT, "SendingTime(52) is no UTCTimestamp", tags.SENDING_TIME)
    tolerance = settings.sending_time_tolerance_s
    if tolerance and abs(now - sent_at) > tolerance * SECOND:
        text = f"SendingTime(52) is more than {tolerance} s away from {format_utc(now)}"
        return Fault(SENDING_TIME_ACCURACY, text, tags.SENDING_TIME, fatal=True)
    return _check_possible_duplicate(message, sent_at)


def _check_possible_duplicate(message: Message, sent_at: int) -> Fault | None:
    """PossDupFlag(43)=Y needs OrigSendingTime(122), and it may not lie after SendingTime(52).

    SequenceReset(4) is excused: it stands in for several messages, and peers differ in which time they give.
    """
    if not message.flag(tags.POSS_DUP_FLAG) or message.msg_type == "4":
        return None
    original = message.get(tags.ORIG_SENDING_TIME)
    if original is None:
        text = "OrigSendingTime(122) is missing with PossDupFlag(43)=Y"
        return Fault(REQUIRED_TAG_MISSING, text, tags.ORIG_SENDING_TIME)
    original_at = parse_utc(original)
    if original_at is None or original_at > sent_at:
        text = "OrigSendingTime(122) is no UTCTimestamp, or is after SendingTime(52)"
        return Fault(SENDING_TIME_ACCURACY, text, tags.ORIG_SENDING_TIME)
    return None
