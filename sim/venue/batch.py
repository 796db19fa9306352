"""Several orders or cancels in one message, and executions again by ExecID(17)."""

from sim.config.venue import Batches, EventResend
from sim.exchange.fields import VALUE_INCORRECT, FieldError, required
from sim.services.groups import group
from sim.services.outgoing import Asked, Outgoing
from sim.session import SentMessage
from sim.wire import SECOND, Fields, Message, parse_utc, tags

__all__ = ["resend_events", "unpack"]

_MEMBERS = frozenset(
    {
        *(tags.CL_ORD_ID, tags.ORIG_CL_ORD_ID, tags.ORDER_ID, tags.ACCOUNT, tags.SYMBOL, tags.SIDE),
        *(tags.ORDER_QTY, tags.ORD_TYPE, tags.PRICE, tags.STOP_PX, tags.TIME_IN_FORCE, tags.EXEC_INST),
        *(tags.HANDL_INST, tags.EXPIRE_TIME, tags.TRANSACT_TIME, tags.SELF_MATCH_PREVENTION_ID),
    }
)


def unpack(batches: Batches, message: Message) -> list[Message] | None:
    """Give the single requests of a batch, or None where it is none. What all share stands outside the group.

    Raises FieldError for a batch that cannot be read or is too large: none of it is processed then.
    """
    single = {batches.new: "D", batches.cancel: "F"}.get(message.msg_type)
    if single is None:
        return None
    entries = group(message, tags.NO_ORDERS, _MEMBERS)
    if not 1 <= len(entries) <= batches.orders_max:
        text = f"NoOrders(73) must be 1 to {batches.orders_max}, was {len(entries)}"
        raise FieldError(tags.NO_ORDERS, VALUE_INCORRECT, text)
    shared = {tag: value for tag, value in message.fields.items() if not any(tag in e for e in entries)}
    return [Message(single, shared | e | {tags.MSG_TYPE: single}, [], message.raw) for e in entries]


def resend_events(settings: EventResend, asked: Asked, sent: dict[int, SentMessage]) -> list[Outgoing]:
    """Send executions again, from one ExecID(17) to another, both included; without the second, to the latest.

    They come as new messages under new numbers: only their ExecID tells that they were there before.
    """
    begin = required(asked.message, settings.begin_tag)
    end = asked.message.get(settings.end_tag)
    reference = (tags.REF_SEQ_NUM, asked.message.get(tags.MSG_SEQ_NUM) or "0")
    oldest = asked.now - settings.lookback_s * SECOND
    # By ExecID, the first one counts: what was sent again must not be sent twice the next time.
    known: dict[str, Fields] = {}
    for message in sent.values():
        exec_id = dict(message.body).get(tags.EXEC_ID) if message.msg_type == "8" else None
        if exec_id not in (None, "0") and (parse_utc(message.sending_time) or 0) >= oldest:
            known.setdefault(exec_id or "", message.body)
    ids = list(known)
    if begin not in known or (end is not None and end not in known):
        text = f"no execution {end if begin in known else begin} in the last {settings.lookback_s} s"
        return [(asked.owner, settings.reject, [reference, (tags.TEXT, text)])]
    chosen = ids[ids.index(begin) : len(ids) if end is None else ids.index(end) + 1]
    resent: list[Outgoing] = [(asked.owner, "8", known[exec_id]) for exec_id in chosen]
    return [*resent, (asked.owner, settings.complete, [reference, (tags.TEXT, f"{len(chosen)} resent")])]
