"""The whole venue without its surroundings: connections in, bytes out.

`Simulator` joins the sessions, the exchange and the liquidity. It is a state machine: the caller passes what
happens and the time, and carries out the commands that it gets back, in order. `due_at` says when `tick` is
next of use, so the same object runs under an event loop or under virtual time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from sim.config import Settings
from sim.exchange import Exchange, FieldError, Intake, Report, Request, amend, decode, encode_report
from sim.intercept import Interceptor
from sim.ledger import Ledger, Trade
from sim.liquidity import Liquidity
from sim.phases import Phase
from sim.replay import Player, Record
from sim.services import Services, news
from sim.services.outgoing import Answer, Asked
from sim.session import (
    Counterparty,
    Deliver,
    Disconnect,
    Effect,
    LoggedOn,
    Note,
    Registry,
    Session,
    Transmit,
    Version,
)
from sim.venue import Connections, Limits, Numbers
from sim.venue.batch import resend_events, unpack
from sim.wire import Fields, Message, format_utc, tags
from sim.wire.msg_types import is_msg_type

__all__ = ["Close", "Command", "Core", "Log", "Pause", "Send", "Simulator"]

_INVALID_MSG_TYPE = 11  # SessionRejectReason(373)
# BusinessRejectReason(380)
_OTHER = 0
_NOT_AVAILABLE = 4
_THROTTLED = 8  # from 5.0 on; before that it is "other"
_UNSUPPORTED_MESSAGE_TYPE = 3
_NOT_AUTHORIZED = 6


@dataclass(frozen=True, slots=True)
class Send:
    connection: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """Close a connection: after what was sent is written, or at once and without it."""

    connection: int
    reason: str
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class Log:
    level: str
    text: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop reading from a connection, or go on with it."""

    connection: int
    paused: bool


Command = Send | Close | Log | Pause


# What is true only of its moment is not kept for resends: who asks for it later gets a gap fill.
_FLEETING = frozenset({"W", "X", "f", "h"})


class Core(Protocol):
    """What an event loop drives: a simulator, or one with faults around it."""

    @property
    def settings(self) -> Settings: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def logged_on(self) -> list[str]: ...
    def connected(self, connection: int, now: int) -> list[Command]: ...
    def received(self, connection: int, data: bytes, now: int) -> list[Command]: ...
    def disconnected(self, connection: int, now: int) -> list[Command]: ...
    def tick(self, now: int) -> list[Command]: ...
    def shutdown(self, now: int) -> list[Command]: ...
    def due_at(self) -> int | None: ...


class Simulator:
    """A venue. `id_prefix` must differ from run to run where a client keeps its records between them."""

    def __init__(self, settings: Settings, seed: int, id_prefix: str, now: int) -> None:
        self.settings = settings
        self.seed = seed
        self.interceptor: Interceptor | None = None
        self.exchange = Exchange(settings, id_prefix, now)
        self.registry = Registry()
        self.services = Services(self.exchange, settings.roles)
        venue = settings.venue
        self._limits = Limits(venue.limits)
        self._wishes = Connections(venue.cancel_on_disconnect, self.exchange)
        self._numbers = Numbers(venue.numbering, now)
        self._resetting: set[str] = set()
        self._requests = 0
        self._intake = Intake(settings.behaviours.acks, self.exchange)
        self._liquidity = Liquidity(settings.liquidity, self.exchange, seed, now)
        self._player: Player | None = None
        self._sessions: dict[int, Session] = {}
        self._connection_of: dict[str, int] = {}
        self._delivered: dict[int, int] = {}
        self._drops = 0
        self._commands: list[Command] = []

    @property
    def ledger(self) -> Ledger:
        return self.exchange.ledger

    @property
    def open_connections(self) -> list[int]:
        return list(self._sessions)

    @property
    def logged_on(self) -> list[str]:
        return [peer.comp_id for peer in self.registry if peer.connected]

    def connected(self, connection: int, now: int) -> list[Command]:
        self._sessions[connection] = Session(self.settings.session, self.registry, now)
        self._delivered[connection] = 0
        return self._taken()

    def received(self, connection: int, data: bytes, now: int) -> list[Command]:
        session = self._sessions.get(connection)
        if session is None:
            return []
        for effect in session.received(data, now):
            self._act(connection, session, effect, now)
            if connection not in self._sessions:
                break
        self._inform(now)
        return self._taken()

    def disconnected(self, connection: int, now: int) -> list[Command]:
        """Take note that a connection is gone, whoever ended it."""
        self._forget(connection, now)
        return self._taken()

    def tick(self, now: int) -> list[Command]:
        self._report(self._intake.due(now), now)
        self._report(self.exchange.tick(now), now)
        self._report(self._wishes.tick(now), now)
        self._report(self._liquidity.tick(now), now)
        if self._player is not None:
            self._report(self._player.tick(now), now)
        if self._numbers.is_due(now):
            self._end_sessions(now)
        self._inform(now)
        for connection, session in list(self._sessions.items()):
            for effect in session.tick(now):
                self._act(connection, session, effect, now)
        return self._taken()

    def shutdown(self, now: int) -> list[Command]:
        """Log every counterparty out. The end comes with their answers, or by `tick` without them."""
        for connection, session in list(self._sessions.items()):
            for effect in session.logout("the simulator stops", now):
                self._act(connection, session, effect, now)
        return self._taken()

    def owner_of(self, connection: int) -> str | None:
        """Give the CompID of the client that logged on over a connection."""
        session = self._sessions.get(connection)
        return None if session is None or session.peer is None else session.peer.comp_id

    def submit(self, owner: str, request: Request, now: int) -> list[Command]:
        """Have the exchange process a request of a counterparty."""
        self._report(self._intake.submit(owner, request, now), now)
        self._inform(now)
        return self._taken()

    def replay(self, records: Sequence[Record], now: int, speed: Decimal) -> None:
        """Play a recording from now on, `speed` recorded seconds in one of the clock."""
        self._player = Player(records, self.exchange, now, speed)

    def announce(self, headline: str, lines: list[str], now: int) -> list[Command]:
        """Send News(B) to every counterparty that is logged on."""
        for comp_id in self.logged_on:
            self._publish(comp_id, *news(headline, lines, now), now)
        return self._taken()

    def set_phase(self, symbol: str, phase: Phase, now: int) -> list[Command]:
        """Halt a market, open it again, or close it, whatever the calendar says until its next change."""
        self._report(self.exchange.set_phase(symbol, phase, now), now)
        self._inform(now)
        return self._taken()

    def bust(self, trade: Trade, now: int) -> list[Command]:
        """Take a trade back, and tell both sides."""
        self._report(amend.bust(self.exchange, trade, now), now)
        self._inform(now)
        return self._taken()

    def correct(
        self, trade: Trade, now: int, quantity: Decimal | None = None, price: Decimal | None = None
    ) -> list[Command]:
        """Change a trade, and tell both sides."""
        self._report(amend.correct(self.exchange, trade, now, quantity, price), now)
        self._inform(now)
        return self._taken()

    def publish(
        self, owner: str, msg_type: str, body: Fields, now: int, *, intercepted: bool = True
    ) -> list[Command]:
        """Send an application message to a counterparty; it is stored where that is away."""
        if intercepted:
            self._publish(owner, msg_type, body, now)
        else:
            self._number(owner, msg_type, body, now)
        return self._taken()

    def logout(self, connection: int, text: str, now: int) -> list[Command]:
        """Begin the orderly end of one session."""
        session = self._sessions.get(connection)
        for effect in [] if session is None else session.logout(text, now):
            assert session is not None
            self._act(connection, session, effect, now)
        return self._taken()

    def due_at(self) -> int | None:
        """Give the time of the next `tick` that has something to do."""
        times = [
            self._intake.due_at(),
            self.exchange.due_at(),
            self._wishes.due_at(),
            self._numbers.due_at(),
            self._liquidity.due_at(),
            None if self._player is None else self._player.due_at(),
            *(s.due_at() for s in self._sessions.values()),
        ]
        return min((at for at in times if at is not None), default=None)

    def _act(self, connection: int, session: Session, effect: Effect, now: int) -> None:
        if isinstance(effect, Transmit):
            if session.peer is not None:
                self._connection_of[session.peer.comp_id] = connection
            self._commands.append(Send(connection, effect.data))
        elif isinstance(effect, Deliver):
            self._deliver(connection, session, effect.message, now)
        elif isinstance(effect, Note):
            self._commands.append(Log(effect.level, effect.text))
        elif isinstance(effect, Disconnect):
            self._commands.append(Close(connection, effect.reason))
            self._forget(connection, now, orderly=effect.reason.startswith("logged out"))

        elif isinstance(effect, LoggedOn):
            self._wishes.logged_on(effect.comp_id, effect.fields, now)

    def _deliver(self, connection: int, session: Session, message: Message, now: int) -> None:
        drop = self._drop_due(connection)
        if drop == "lost":
            session.unread()
            self._drop(connection, session, now)
        elif drop == "processed":
            # The reports take sequence numbers and are stored, as on a connection that is down already.
            self._drop(connection, session, now)
            self._process(connection, session, message, now)
        elif drop == "answered":
            self._process(connection, session, message, now)
            self._commands.append(Close(connection, "dropped by configuration, answered"))
            self._forget(connection, now)
        else:
            self._process(connection, session, message, now)

    def _process(self, connection: int, session: Session, message: Message, now: int) -> None:
        peer = session.peer
        assert peer is not None, "a message was delivered before Logon"
        if self._is_over_limit(connection, session, message, now):
            return
        taken = None if self.interceptor is None else self.interceptor.request(peer.comp_id, message, now)
        if taken is not None:
            for owner, msg_type, body in taken:
                self._publish(owner, msg_type, body, now)
            return
        refusal = self.services.may_not_trade(peer.comp_id, message.msg_type)
        if refusal is not None:
            for effect in session.send("j", _business_reject(message, _NOT_AUTHORIZED, refusal), now):
                self._pass_on(peer, session, effect, now)
            return
        try:
            batch = self._batch(message)
            if batch is not None:
                for single in batch:
                    self._submit(peer, session, message, single, now)
                return
            request = decode(message)
            answers = self._answers(peer, message, now) if request is None else None
        except FieldError as error:
            refusal_type = self._batch_refusal(message)
            if refusal_type is not None:
                body = [(tags.REF_SEQ_NUM, message.get(tags.MSG_SEQ_NUM) or "0"), (tags.TEXT, error.text)]
                self._publish(peer.comp_id, refusal_type, body, now)
                return
            for effect in session.reject(message, error.reason, error.text, error.tag, now):
                self._pass_on(peer, session, effect, now)
            return
        if request is not None:
            self._submit(peer, session, message, request, now)
            return
        if answers is not None:
            for answer in answers:
                if isinstance(answer, tuple):
                    self._publish(*answer, now)
                else:
                    self._report([answer], now)
            return
        if not is_msg_type(message.msg_type):
            effects = session.reject(
                message, _INVALID_MSG_TYPE, f"no such MsgType: {message.msg_type}", None, now
            )
        else:
            text = f"MsgType {message.msg_type} is not served"
            effects = session.send("j", _business_reject(message, _UNSUPPORTED_MESSAGE_TYPE, text), now)
        for effect in effects:
            self._pass_on(peer, session, effect, now)

    def _batch(self, message: Message) -> list[Request] | None:
        """Give the requests of a batch, or None where the message is none. Raises FieldError, and takes none then."""
        batches = self.settings.venue.batches
        singles = None if batches is None else unpack(batches, message)
        if singles is None:
            return None
        return [request for request in map(decode, singles) if request is not None]

    def _batch_refusal(self, message: Message) -> str | None:
        """Give the MsgType(35) that refuses such a batch as a whole; None where the message is none."""
        batches = self.settings.venue.batches
        if batches is None:
            return None
        return {batches.new: batches.new_reject, batches.cancel: batches.cancel_reject}.get(message.msg_type)

    def _answers(self, peer: Counterparty, message: Message, now: int) -> Sequence[Answer] | None:
        resend = self.settings.venue.event_resend
        if resend is not None and message.msg_type == resend.request:
            return resend_events(resend, Asked(peer.comp_id, peer.version, message, now), peer.sent)
        return self.services.answer(peer.comp_id, peer.version, message, now)

    def _submit(
        self, peer: Counterparty, session: Session, message: Message, request: Request, now: int
    ) -> None:
        """Pass a request on, or say that nobody knows what became of it: by turns it is executed, and lost."""
        every = self.settings.venue.unknown_status_every
        self._requests += 1
        if every and self._requests % every == 0:
            body = _business_reject(message, _NOT_AVAILABLE, "execution status unknown")
            for effect in session.send("j", body, now):
                self._pass_on(peer, session, effect, now)
            if self._requests // every % 2 == 0:
                return
        self._report(self._intake.submit(peer.comp_id, request, now), now)

    def _is_over_limit(self, connection: int, session: Session, message: Message, now: int) -> bool:
        """Count a message against the venue's limits, and act on a breach."""
        assert session.peer is not None
        limit = self._limits.breach(session.peer.comp_id, message.msg_type, now)
        if limit is None:
            return False
        text = f"more than {limit.messages} messages in {limit.window_ms} ms"
        if limit.breach == "reject":
            reason = _THROTTLED if session.peer.version is Version.FIX50SP2 else _OTHER
            for effect in session.send("j", _business_reject(message, reason, text), now):
                self._act(connection, session, effect, now)
        elif limit.breach == "logout":
            for effect in session.logout(text, now):
                self._act(connection, session, effect, now)
        else:
            self._commands.append(Close(connection, text))
            self._forget(connection, now)
        return True

    def _end_sessions(self, now: int) -> None:
        """Log everybody out; where the numbers begin again, they do so once the connection is gone."""
        if self._numbers.resets_at_logout:
            for peer in self.registry:
                if peer.connected:
                    self._resetting.add(peer.comp_id)
                else:
                    peer.reset()
        for connection, session in list(self._sessions.items()):
            for effect in session.logout("end of the session; log on again", now):
                self._act(connection, session, effect, now)

    def _pass_on(self, peer: Counterparty, session: Session, effect: Effect, now: int) -> None:
        """Act on an effect of a session whose connection may have been dropped meanwhile."""
        connection = self._connection_of.get(peer.comp_id)
        if connection is not None and self._sessions.get(connection) is session:
            self._act(connection, session, effect, now)

    def _report(self, reports: list[Report], now: int) -> None:
        """Send each report to its owner, or store it for the owner's next logon."""
        for report in reports:
            peer = self.registry.get(report.owner)
            assert peer is not None, f"a report for {report.owner}, who never logged on"
            msg_type, body = encode_report(report, peer.version)
            self._publish(report.owner, msg_type, body, now)
            for copy in self.services.copies(report, self._version_of):
                self._publish(*copy, now)

    def _version_of(self, comp_id: str) -> Version | None:
        peer = self.registry.get(comp_id)
        return None if peer is None else peer.version

    def _inform(self, now: int) -> None:
        """Tell those who follow markets what happened."""
        for owner, msg_type, body in self.services.publish(now):
            self._publish(owner, msg_type, body, now)

    def _publish(self, owner: str, msg_type: str, body: Fields, now: int) -> None:
        if self.interceptor is None:
            self._number(owner, msg_type, body, now)
            return
        for sent_type, sent_body in self.interceptor.report(owner, msg_type, body, now):
            self._number(owner, sent_type, sent_body, now)

    def _number(self, owner: str, msg_type: str, body: Fields, now: int) -> None:
        """Give an application message its number, and send it where its owner is there."""
        keep = msg_type not in _FLEETING
        connection = self._connection_of.get(owner)
        session = None if connection is None else self._sessions.get(connection)
        if session is None or connection is None:
            peer = self.registry.get(owner)
            assert peer is not None, f"a message for {owner}, who never logged on"
            if self._numbers.resets_at_logon:
                return  # the next logon begins at 1: what was missed cannot be asked for
            peer.store(msg_type, format_utc(now), body, keep)
            return
        for effect in session.send(msg_type, body, now, keep):
            self._act(connection, session, effect, now)

    def _drop_due(self, connection: int) -> str | None:
        drop = self.settings.behaviours.drop_connection
        if drop is None:
            return None
        self._delivered[connection] += 1
        if self._delivered[connection] != drop.after_messages or (drop.times and self._drops >= drop.times):
            return None
        self._drops += 1
        return drop.message_is

    def _drop(self, connection: int, session: Session, now: int) -> None:
        session.disconnected()
        self._commands.append(Close(connection, "dropped by configuration", at_once=True))
        self._forget(connection, now)

    def _forget(self, connection: int, now: int, orderly: bool = False) -> None:
        session = self._sessions.pop(connection, None)
        self._delivered.pop(connection, None)
        if session is None:
            return
        peer = session.peer
        if peer is not None and self._connection_of.get(peer.comp_id) == connection:
            del self._connection_of[peer.comp_id]
            self.services.disconnected(peer.comp_id)
            session.disconnected()
            self._wishes.lost(peer.comp_id, orderly, now)
            if self._numbers.resets_at_logon or peer.comp_id in self._resetting:
                self._resetting.discard(peer.comp_id)
                peer.reset()

    def _taken(self) -> list[Command]:
        commands, self._commands = self._commands, []
        return commands


def _business_reject(message: Message, reason: int, text: str) -> Fields:
    body = [(tags.REF_SEQ_NUM, message.get(tags.MSG_SEQ_NUM) or "0"), (tags.REF_MSG_TYPE, message.msg_type)]
    cl_ord_id = message.get(tags.CL_ORD_ID)
    if cl_ord_id is not None:
        body.append((tags.BUSINESS_REJECT_REF_ID, cl_ord_id))
    return [
        *body,
        (tags.BUSINESS_REJECT_REASON, str(reason)),
        (tags.TEXT, text),
    ]
