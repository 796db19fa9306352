"""The acceptor's side of one FIX connection.

Theory of operation. A `Session` lives as long as its connection; the `Counterparty` that it finds at logon
lives as long as the simulator, and owns the sequence numbers and the sent messages. Three small states are
coupled:

- link: AWAITING_LOGON -> ACTIVE -> LOGOUT_SENT -> CLOSED
- inbound: in sync, or recovering up to a sequence number that was seen ahead of a gap. Messages ahead of a
  gap are dropped, since the ResendRequest(2) that is open asks for them too.
- liveness: quiet, or a TestRequest(1) is unanswered

Every message with a sequence number passes `_in_sequence` before its handler runs, so that a handler may
assume that it sees each message once and in order. `received` is a generator: the consumer acts on an effect
before the next message is looked at, so the answer to an order precedes the answer to whatever followed it in
the same bytes.
"""

from collections.abc import Callable, Iterator
from enum import Enum, auto

from sim.config.settings import SessionSettings
from sim.session import replay
from sim.session.effects import Deliver, Disconnect, Effect, LoggedOn, LogoutAsked, Note, Transmit
from sim.session.header import REQUIRED_TAG_MISSING, VALUE_INCORRECT, Fault, check_header
from sim.session.liveness import Liveness, Need
from sim.session.logon import Refusal, check_logon
from sim.session.registry import Counterparty, Registry
from sim.wire import SECOND, Fields, Framer, Garbage, Message, encode, format_utc, parse, printable, tags

__all__ = ["Link", "Session"]


# A peer that filled only a part of a gap is asked again for the rest.
_RECOVERY_RETRY = 30 * SECOND


class Link(Enum):
    AWAITING_LOGON = auto()
    ACTIVE = auto()
    LOGOUT_SENT = auto()
    CLOSED = auto()


class Session:
    """One connection. The caller passes every effect on in the order given."""

    def __init__(self, settings: SessionSettings, registry: Registry, now: int) -> None:
        self.link = Link.AWAITING_LOGON
        self.peer: Counterparty | None = None
        self._settings = settings
        self._registry = registry
        self._framer = Framer(settings.message_bytes_max)
        self._link_since = now
        self._liveness = Liveness(0, now)
        self._recover_to: int | None = None
        self._recovery_asked_at = 0

    def received(self, data: bytes, now: int) -> Iterator[Effect]:
        """Take bytes from the connection."""
        self._framer.feed(data)
        for item in self._framer.frames():
            if self.link is Link.CLOSED:
                return
            if isinstance(item, Garbage):
                yield from self._garbage(item.data, item.reason)
                continue
            message = parse(item.data)
            if isinstance(message, str):
                yield from self._garbage(item.data, message)
            elif self.link is Link.AWAITING_LOGON:
                yield from self._first(message, now)
            else:
                yield from self._next(message, now)

    def tick(self, now: int) -> list[Effect]:
        """Do what is due: heartbeats, test requests and timeouts."""
        since = now - self._link_since
        if self.link is Link.AWAITING_LOGON and since >= self._settings.logon_timeout_s * SECOND:
            return self._close(f"no Logon within {self._settings.logon_timeout_s} s")
        if self.link is Link.LOGOUT_SENT and since >= self._settings.logout_timeout_s * SECOND:
            return self._close(f"Logout not answered within {self._settings.logout_timeout_s} s")
        if self.link is not Link.ACTIVE:
            return []
        effects: list[Effect] = []
        for need in self._liveness.due(now):
            if need is Need.END:
                return self._close("TestRequest not answered")
            if need is Need.TEST_REQUEST:
                effects += self._send_admin("1", [(tags.TEST_REQ_ID, format_utc(now))], now)
            else:
                effects += self._send_admin("0", [], now)
        if self._recover_to is not None and now - self._recovery_asked_at >= _RECOVERY_RETRY:
            effects += self._ask_resend(self._recover_to, now)
        return effects

    def due_at(self) -> int | None:
        """Give the time at which `tick` next has something to do."""
        if self.link is Link.AWAITING_LOGON:
            return self._link_since + self._settings.logon_timeout_s * SECOND
        if self.link is Link.LOGOUT_SENT:
            return self._link_since + self._settings.logout_timeout_s * SECOND
        if self.link is Link.CLOSED:
            return None
        due = self._liveness.due_at()
        if self._recover_to is not None:
            retry = self._recovery_asked_at + _RECOVERY_RETRY
            due = retry if due is None else min(due, retry)
        return due

    def disconnected(self) -> None:
        """Take note that the transport is gone."""
        self.link = Link.CLOSED
        if self.peer is not None:
            self.peer.connected = False

    def send(self, msg_type: str, body: Fields, now: int, keep: bool = True) -> list[Effect]:
        """Send an application message; it is stored, and comes by resend if the link is not up.

        What need not be kept, as market data, is gap-filled in a resend.
        """
        assert self.peer is not None, "an application message before Logon"
        sending_time = format_utc(now)
        seq = self.peer.store(msg_type, sending_time, body, keep)
        if self.link not in (Link.ACTIVE, Link.LOGOUT_SENT):
            return []
        self._liveness.sent(now)
        return [Transmit(self._encode(msg_type, seq, sending_time, body))]

    def reject(self, message: Message, reason: int, text: str, tag: int | None, now: int) -> list[Effect]:
        """Refuse a message at session level with Reject(3)."""
        body: Fields = [(tags.REF_SEQ_NUM, message.get(tags.MSG_SEQ_NUM) or "0")]
        if tag is not None:
            body.append((tags.REF_TAG_ID, str(tag)))
        if message.msg_type:
            body.append((tags.REF_MSG_TYPE, message.msg_type))
        body += [(tags.SESSION_REJECT_REASON, str(reason)), (tags.TEXT, text)]
        return [
            Note("warning", f"rejected: {text}: {printable(message.raw)}"),
            *self._send_admin("3", body, now),
        ]

    def logout(self, text: str, now: int) -> list[Effect]:
        """Begin an orderly end: Logout(5), then wait for its answer."""
        if self.link is not Link.ACTIVE:
            return [] if self.link is Link.LOGOUT_SENT else self._close(text)
        effects = self._send_admin("5", [(tags.TEXT, text)], now)
        self.link = Link.LOGOUT_SENT
        self._link_since = now
        return effects

    def unread(self) -> None:
        """Act as though the message just delivered had been lost before it was read."""
        assert self.peer is not None, "no message before Logon"
        self.peer.next_in -= 1
        self.link = Link.CLOSED

    def _first(self, message: Message, now: int) -> list[Effect]:
        checked = check_logon(message, self._settings, self._registry, now)
        if isinstance(checked, Refusal):
            notes: list[Effect] = [
                Note("warning", f"logon refused: {checked.text}: {printable(message.raw)}")
            ]
            if checked.peer is not None:
                self.peer = checked.peer
                notes += self._send_admin("5", [(tags.TEXT, checked.text)], now)
                self.peer = None
            return [*notes, *self._close(checked.text)]
        peer, seq = checked.peer, checked.seq
        peer.connected = True
        self.peer = peer
        self._liveness = Liveness(checked.heartbeat_s, now)
        self.link = Link.ACTIVE
        self._link_since = now
        if checked.reset:
            peer.reset()
        effects: list[Effect] = [
            Note("info", f"{peer.comp_id} logged on with {peer.version.name}, in {seq}, out {peer.next_out}"),
            LoggedOn(peer.comp_id, message.fields),
        ]
        first_unsent = peer.next_out
        ahead = seq > peer.next_in
        if not ahead:
            peer.next_in = seq + 1
        effects += self._send_admin(
            "A", self._logon_body(checked.reset, checked.next_expected is not None), now
        )
        if checked.next_expected is not None:
            # With NextExpectedMsgSeqNum(789) on both sides nobody sends a ResendRequest: each knows what is
            # missing.
            if checked.next_expected < first_unsent:
                effects += self._replay(checked.next_expected, peer.next_out - 1, now)
            if ahead:
                self._recover_to, self._recovery_asked_at = seq, now
        elif ahead:
            effects += self._ask_resend(seq, now)
        return effects

    def _on_logon(self, message: Message, now: int) -> list[Effect]:
        return self.reject(message, VALUE_INCORRECT, "already logged on", tags.MSG_TYPE, now)

    def _reset_by_logon(self, message: Message, now: int) -> list[Effect]:
        """ResetSeqNumFlag(141) within a session: both sides start again at 1, the connection stays."""
        assert self.peer is not None
        if message.number(tags.MSG_SEQ_NUM) != 1:
            return self._fail("MsgSeqNum(34) must be 1 with ResetSeqNumFlag(141)=Y", now)
        self.peer.reset()
        self.peer.next_in = 2
        self._recover_to = None
        return [
            Note("info", f"{self.peer.comp_id} reset the sequence numbers"),
            *self._send_admin("A", self._logon_body(reset=True, tell_expected=False), now),
        ]

    def _logon_body(self, reset: bool, tell_expected: bool) -> Fields:
        peer = self.peer
        assert peer is not None
        body: Fields = [(tags.ENCRYPT_METHOD, "0"), (tags.HEART_BT_INT, str(self._liveness.heartbeat_s))]
        if reset:
            body.append((tags.RESET_SEQ_NUM_FLAG, "Y"))
        if tell_expected:
            body.append((tags.NEXT_EXPECTED_MSG_SEQ_NUM, str(peer.next_in)))
        if peer.version.appl_ver_id is not None:
            body.append((tags.DEFAULT_APPL_VER_ID, peer.version.appl_ver_id))
        return body

    def _next(self, message: Message, now: int) -> list[Effect]:
        peer = self.peer
        assert peer is not None, "logged on without a counterparty"
        self._liveness.heard(now)
        if message.get(tags.BEGIN_STRING) != peer.version.begin_string:
            return self._fail(f"BeginString(8) must stay {peer.version.begin_string}", now)
        seq = message.number(tags.MSG_SEQ_NUM)
        if not seq:
            return self._fail("MsgSeqNum(34) is missing or no positive number", now)
        if message.msg_type == "4" and not message.flag(tags.GAP_FILL_FLAG):
            return self._on_reset(message, now)
        if message.msg_type == "A" and message.flag(tags.RESET_SEQ_NUM_FLAG):
            return self._reset_by_logon(message, now)
        if seq < peer.next_in:
            return self._too_low(message, seq, now)
        if seq > peer.next_in:
            return self._too_high(message, seq, now)
        peer.next_in = seq + 1
        effects = self._in_sequence(message, now)
        if self._recover_to is not None and peer.next_in > self._recover_to:
            self._recover_to = None
        return effects

    def _in_sequence(self, message: Message, now: int) -> list[Effect]:
        peer = self.peer
        assert peer is not None
        fault = check_header(message, peer, self._settings, now)
        if fault is not None:
            rejected = self.reject(message, fault.reason, fault.text, fault.tag, now)
            return rejected + self.logout(fault.text, now) if fault.fatal else rejected
        handler = _HANDLERS.get(message.msg_type)
        if handler is not None:
            return handler(self, message, now)
        return [Deliver(message)]

    def _too_low(self, message: Message, seq: int, now: int) -> list[Effect]:
        assert self.peer is not None
        if message.flag(tags.POSS_DUP_FLAG):
            return [Note("info", f"ignored, seen before: {printable(message.raw)}")]
        return self._fail(f"MsgSeqNum(34) too low, expecting {self.peer.next_in} but received {seq}", now)

    def _too_high(self, message: Message, seq: int, now: int) -> list[Effect]:
        """Drop the message and ask for what is missing, save where silence would lock both sides."""
        if message.msg_type == "5":
            # Answered at once: the missing messages are asked for at the next Logon, and nothing is lost.
            return self._on_logout(message, now)
        effects: list[Effect] = []
        if message.msg_type == "2":
            # Both sides may have a gap; if each waited for its own, neither would ever be filled.
            effects += self._on_resend_request(message, now)
        if self._recover_to is None:
            effects += self._ask_resend(seq, now)
        else:
            self._recover_to = max(self._recover_to, seq)
        return effects

    def _ask_resend(self, seen: int, now: int) -> list[Effect]:
        assert self.peer is not None
        self._recover_to, self._recovery_asked_at = seen, now
        note = Note("info", f"{self.peer.comp_id}: gap, expecting {self.peer.next_in} but received {seen}")
        body: Fields = [(tags.BEGIN_SEQ_NO, str(self.peer.next_in)), (tags.END_SEQ_NO, "0")]
        return [note, *self._send_admin("2", body, now)]

    def _on_heartbeat(self, message: Message, now: int) -> list[Effect]:
        return []

    def _on_test_request(self, message: Message, now: int) -> list[Effect]:
        test_req_id = message.get(tags.TEST_REQ_ID)
        if test_req_id is None:
            return self.reject(
                message, REQUIRED_TAG_MISSING, "TestReqID(112) is missing", tags.TEST_REQ_ID, now
            )
        return self._send_admin("0", [(tags.TEST_REQ_ID, test_req_id)], now)

    def _on_resend_request(self, message: Message, now: int) -> list[Effect]:
        assert self.peer is not None
        asked = replay.asked_range(message, self.peer.next_out - 1)
        if isinstance(asked, Fault):
            return self.reject(message, asked.reason, asked.text, asked.tag, now)
        return self._replay(*asked, now)

    def _replay(self, begin: int, end: int, now: int) -> list[Effect]:
        assert self.peer is not None
        self._liveness.sent(now)
        sending_time = format_utc(now)
        note = Note("info", f"{self.peer.comp_id}: resending {begin} to {end}")
        items = replay.plan(self.peer, begin, end, sending_time)
        return [
            note,
            *(Transmit(self._encode(i.msg_type, i.seq, sending_time, i.body, i.sent_at)) for i in items),
        ]

    def _on_gap_fill(self, message: Message, now: int) -> list[Effect]:
        """SequenceReset-GapFill, itself in sequence: jump to NewSeqNo(36)."""
        assert self.peer is not None
        new = message.number(tags.NEW_SEQ_NO)
        if new is None or new < self.peer.next_in:
            text = f"NewSeqNo(36) must be at least {self.peer.next_in}, was {message.get(tags.NEW_SEQ_NO)}"
            return self.reject(message, VALUE_INCORRECT, text, tags.NEW_SEQ_NO, now)
        self.peer.next_in = new
        return []

    def _on_reset(self, message: Message, now: int) -> list[Effect]:
        """SequenceReset-Reset, whose own number does not count: jump to NewSeqNo(36), never back."""
        assert self.peer is not None
        new = message.number(tags.NEW_SEQ_NO)
        if new is None or new < self.peer.next_in:
            text = f"NewSeqNo(36) must be at least {self.peer.next_in}, was {message.get(tags.NEW_SEQ_NO)}"
            return self.reject(message, VALUE_INCORRECT, text, tags.NEW_SEQ_NO, now)
        self.peer.next_in = new
        self._recover_to = None
        return [Note("warning", f"{self.peer.comp_id} moved the expected sequence number to {new}")]

    def _on_reject(self, message: Message, now: int) -> list[Effect]:
        return [Note("warning", f"the counterparty rejected: {printable(message.raw)}")]

    def _on_logout(self, message: Message, now: int) -> list[Effect]:
        if self.link is Link.LOGOUT_SENT:
            return self._close("logged out")
        assert self.peer is not None, (
            "a Logout(5) before the Logon(A) is the first message, and refused as such"
        )
        asked = LogoutAsked(self.peer.comp_id, message.fields)
        return [asked, *self._send_admin("5", [], now), *self._close("logged out by the counterparty")]

    def _garbage(self, data: bytes, reason: str) -> list[Effect]:
        """A garbled message is ignored, and its number not used (FIX 4.4 vol. 2).

        Before Logon it ends the link.
        """
        note = Note("warning", f"garbled, ignored: {reason}: {printable(data)}")
        if self.link is Link.AWAITING_LOGON:
            return [note, *self._close("the first bytes are no Logon")]
        return [note]

    def _fail(self, text: str, now: int) -> list[Effect]:
        """Leave at once with a Logout(5) that says why: the sequence can no longer be trusted."""
        return [Note("error", text), *self._send_admin("5", [(tags.TEXT, text)], now), *self._close(text)]

    def _close(self, reason: str) -> list[Effect]:
        self.disconnected()
        return [Disconnect(reason)]

    def _send_admin(self, msg_type: str, body: Fields, now: int) -> list[Effect]:
        assert self.peer is not None, "an administrative message before Logon"
        seq = self.peer.next_out
        self.peer.next_out += 1
        self._liveness.sent(now)
        return [Transmit(self._encode(msg_type, seq, format_utc(now), body))]

    def _encode(
        self, msg_type: str, seq: int, sending_time: str, body: Fields, first_sent: str | None = None
    ) -> bytes:
        peer = self.peer
        assert peer is not None
        header: Fields = [
            (tags.SENDER_COMP_ID, peer.own_comp_id),
            (tags.TARGET_COMP_ID, peer.comp_id),
            (tags.MSG_SEQ_NUM, str(seq)),
        ]
        if first_sent is not None:
            header.append((tags.POSS_DUP_FLAG, "Y"))
        header.append((tags.SENDING_TIME, sending_time))
        if first_sent is not None:
            header.append((tags.ORIG_SENDING_TIME, first_sent))
        return encode(peer.version.begin_string, msg_type, header, body)


_HANDLERS: dict[str, Callable[[Session, Message, int], list[Effect]]] = {
    "0": Session._on_heartbeat,
    "1": Session._on_test_request,
    "2": Session._on_resend_request,
    "3": Session._on_reject,
    "4": Session._on_gap_fill,
    "5": Session._on_logout,
    "A": Session._on_logon,
}
