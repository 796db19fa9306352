"""What a counterparty asks for: held against limits and roles, read, and answered by whom it is for."""

from collections.abc import Sequence

from sim.config import Settings
from sim.exchange import FieldError, Intake, Request, decode
from sim.links import Links
from sim.outbox import Outbox
from sim.services import Services
from sim.services.outgoing import Answer, Asked
from sim.session import Counterparty, Session, Version
from sim.venue import Limits
from sim.venue.batch import resend_events, unpack
from sim.wire import Fields, Message, tags
from sim.wire.msg_types import is_msg_type

__all__ = ["Reception"]

_INVALID_MSG_TYPE = 11  # SessionRejectReason(373)
# BusinessRejectReason(380)
_OTHER = 0
_NOT_AVAILABLE = 4
_THROTTLED = 8  # from 5.0 on; before that it is "other"
_UNSUPPORTED_MESSAGE_TYPE = 3
_NOT_AUTHORIZED = 6


class Reception:
    """Takes application messages that a session delivered, in sequence and once."""

    def __init__(
        self, settings: Settings, intake: Intake, services: Services, links: Links, outbox: Outbox
    ) -> None:
        self._venue = settings.venue
        self._limits = Limits(settings.venue.limits)
        self._intake = intake
        self._services = services
        self._links = links
        self._outbox = outbox
        self._requests = 0

    def take(self, connection: int, session: Session, message: Message, now: int) -> None:
        peer = session.peer
        assert peer is not None, "a message was delivered before Logon"
        if self._is_over_limit(connection, session, peer, message, now):
            return
        interceptor = self._outbox.interceptor
        taken = None if interceptor is None else interceptor.request(peer.comp_id, message, now)
        if taken is not None:
            self._outbox.tell(taken, now)
            return
        refusal = self._services.may_not_trade(peer.comp_id, message.msg_type)
        if refusal is not None:
            self._refuse(peer, session, message, _NOT_AUTHORIZED, refusal, now)
            return
        try:
            requests = self._requests_of(message)
            answers = self._answers(peer, message, now) if requests is None else None
        except FieldError as error:
            self._unreadable(peer, session, message, error, now)
            return
        if requests is not None:
            for request in requests:
                self._submit(peer, session, message, request, now)
        elif answers is not None:
            self._outbox.tell(answers, now)
        elif is_msg_type(message.msg_type):
            text = f"MsgType {message.msg_type} is not served"
            self._refuse(peer, session, message, _UNSUPPORTED_MESSAGE_TYPE, text, now)
        else:
            text = f"no such MsgType: {message.msg_type}"
            effects = session.reject(message, _INVALID_MSG_TYPE, text, None, now)
            self._links.pass_on(peer.comp_id, session, effects, now)

    def _requests_of(self, message: Message) -> list[Request] | None:
        """Give what is for the exchange: of a batch all or, by FieldError, nothing. None: it is not for it."""
        batches = self._venue.batches
        singles = None if batches is None else unpack(batches, message)
        if singles is not None:
            return [request for request in map(decode, singles) if request is not None]
        request = decode(message)
        return None if request is None else [request]

    def _answers(self, peer: Counterparty, message: Message, now: int) -> Sequence[Answer] | None:
        resend = self._venue.event_resend
        if resend is not None and message.msg_type == resend.request:
            return resend_events(resend, Asked(peer.comp_id, peer.version, message, now), peer.sent)
        return self._services.answer(peer.comp_id, peer.version, message, now)

    def _submit(
        self, peer: Counterparty, session: Session, message: Message, request: Request, now: int
    ) -> None:
        """Pass a request on, or say that nobody knows what became of it: by turns it is executed, and lost."""
        every = self._venue.unknown_status_every
        self._requests += 1
        if every and self._requests % every == 0:
            self._refuse(peer, session, message, _NOT_AVAILABLE, "execution status unknown", now)
            if self._requests // every % 2 == 0:
                return
        self._outbox.report(self._intake.submit(peer.comp_id, request, now), now)

    def _unreadable(
        self, peer: Counterparty, session: Session, message: Message, error: FieldError, now: int
    ) -> None:
        """Refuse a message by Reject(3), a batch as a whole by the message of the venue for it."""
        batches = self._venue.batches
        refusals = (
            {}
            if batches is None
            else {batches.new: batches.new_reject, batches.cancel: batches.cancel_reject}
        )
        refusal = refusals.get(message.msg_type)
        if refusal is not None:
            body = [(tags.REF_SEQ_NUM, message.get(tags.MSG_SEQ_NUM) or "0"), (tags.TEXT, error.text)]
            self._outbox.publish(peer.comp_id, refusal, body, now)
            return
        effects = session.reject(message, error.reason, error.text, error.tag, now)
        self._links.pass_on(peer.comp_id, session, effects, now)

    def _is_over_limit(
        self, connection: int, session: Session, peer: Counterparty, message: Message, now: int
    ) -> bool:
        """Count a message against the venue's limits, and act on a breach."""
        limit = self._limits.breach(peer.comp_id, message.msg_type, now)
        if limit is None:
            return False
        text = f"more than {limit.messages} messages in {limit.window_ms} ms"
        if limit.breach == "reject":
            reason = _THROTTLED if peer.version is Version.FIX50SP2 else _OTHER
            self._refuse(peer, session, message, reason, text, now)
        elif limit.breach == "logout":
            self._links.act(connection, session.logout(text, now), now)
        else:
            self._links.close(connection, text, now)
        return True

    def _refuse(
        self, peer: Counterparty, session: Session, message: Message, reason: int, text: str, now: int
    ) -> None:
        effects = session.send("j", _business_reject(message, reason, text), now)
        self._links.pass_on(peer.comp_id, session, effects, now)


def _business_reject(message: Message, reason: int, text: str) -> Fields:
    body = [(tags.REF_SEQ_NUM, message.get(tags.MSG_SEQ_NUM) or "0"), (tags.REF_MSG_TYPE, message.msg_type)]
    cl_ord_id = message.get(tags.CL_ORD_ID)
    if cl_ord_id is not None:
        body.append((tags.BUSINESS_REJECT_REF_ID, cl_ord_id))
    return [*body, (tags.BUSINESS_REJECT_REASON, str(reason)), (tags.TEXT, text)]
