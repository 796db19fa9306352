"""The whole venue without its surroundings: connections in, bytes out.

`Simulator` joins the sessions, the exchange and what makes the market. It is a state machine: the caller passes what
happens and the time, and carries out the commands that it gets back, in order. `due_at` says when `tick` is next of
use, so the same object runs under an event loop or under virtual time.

A message goes one way: `Links` (whose session, which connection) -> `Reception` (may it, what is it) -> the exchange ->
`Outbox` (who is told what, in which version, by which number) -> `Links`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sim.commands import Command
from sim.config import Settings
from sim.drops import Drops
from sim.exchange import Exchange, Intake, Request, amend
from sim.intercept import Interceptor
from sim.ledger import Ledger, Trade
from sim.links import Links
from sim.liquidity import Liquidity
from sim.outbox import Outbox
from sim.phases import Phase
from sim.reception import Reception
from sim.replay import Player, Record
from sim.services import Services, news
from sim.services.outgoing import Answer
from sim.session import Counterparty, LoggedOn, LogoutAsked, Registry, Session
from sim.venue import Connections, Numbers
from sim.wire import Fields, Message

__all__ = ["Advanced", "Simulator"]

# So many records at a time, that whoever asks for more of them does not hold up everything else.
_RECORDS_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class Advanced:
    """How far a recording got that is played on demand."""

    records: int
    trades: int
    """That counterparties were told of meanwhile,"""
    trades_so_far: int
    """and since the start."""
    is_over: bool


class Simulator:
    """A venue. `id_prefix` must differ from run to run where a client keeps its records between them."""

    def __init__(self, settings: Settings, seed: int, id_prefix: str, now: int) -> None:
        self.settings = settings
        self.seed = seed
        self.exchange = Exchange(settings, id_prefix, now)
        self.registry = Registry()
        self._services = Services(self.exchange, settings.roles)
        self._numbers = Numbers(settings.venue.numbering, now)
        self._wishes = Connections(settings.venue.cancel_on_disconnect, self.exchange)
        self._intake = Intake(settings.behaviours.acks, self.exchange)
        self._links = Links(settings, self.registry, self)
        self._outbox = Outbox(self.registry, self._links, self._services, self._numbers)
        self._reception = Reception(settings, self._intake, self._services, self._links, self._outbox)
        self._drops = Drops(settings.behaviours.drop_connection)
        self._resetting: set[str] = set()
        self._liquidity = Liquidity(settings.liquidity, self.exchange, seed, now)
        self.player: Player | None = None

    @property
    def ledger(self) -> Ledger:
        return self.exchange.ledger

    @property
    def open_connections(self) -> list[int]:
        return self._links.connections

    @property
    def logged_on(self) -> list[str]:
        return [peer.comp_id for peer in self.registry if peer.connected]

    def owner_of(self, connection: int) -> str | None:
        """Give the CompID of the client that logged on over a connection."""
        session = self._links.session(connection)
        return None if session is None or session.peer is None else session.peer.comp_id

    def intercept(self, interceptor: Interceptor) -> None:
        """Let somebody stand between the sessions and the exchange."""
        self._outbox.interceptor = interceptor

    # --- what happens to it --------------------------------------------------------------------------------------

    def connected(self, connection: int, now: int) -> list[Command]:
        self._links.open(connection, now)
        return self._links.taken()

    def received(self, connection: int, data: bytes, now: int) -> list[Command]:
        session = self._links.session(connection)
        if session is None:
            return []
        self._links.act(connection, session.received(data, now), now)
        return self._done(now)

    def disconnected(self, connection: int, now: int) -> list[Command]:
        """Take note that a connection is gone, whoever ended it."""
        self._links.forget(connection, now)
        self._drops.forget(connection)
        return self._links.taken()

    def tick(self, now: int) -> list[Command]:
        report = self._outbox.report
        report(self._intake.due(now), now)
        report(self.exchange.tick(now), now)
        report(self._wishes.tick(now), now)
        report(self._liquidity.tick(now), now)
        if self.player is not None:
            report(self.player.tick(now), now)
        if self._numbers.is_due(now):
            self._end_sessions(now)
        self._outbox.inform(now)
        for connection, session in self._links.sessions:
            self._links.act(connection, session.tick(now), now)
        return self._links.taken()

    def due_at(self) -> int | None:
        """Give the time of the next `tick` that has something to do."""
        times = [
            self._intake.due_at(),
            self.exchange.due_at(),
            self._wishes.due_at(),
            self._numbers.due_at(),
            self._liquidity.due_at(),
            None if self.player is None else self.player.due_at(),
            *self._links.due_at(),
        ]
        return min((at for at in times if at is not None), default=None)

    def shutdown(self, now: int) -> list[Command]:
        """Log every counterparty out. The end comes with their answers, or by `tick` without them."""
        for connection, session in self._links.sessions:
            self._links.act(connection, session.logout("the simulator stops", now), now)
        return self._links.taken()

    # --- what the venue's people do ------------------------------------------------------------------------------

    def announce(self, headline: str, lines: list[str], now: int) -> list[Command]:
        """Send News(B) to every counterparty that is logged on."""
        for comp_id in self.logged_on:
            self._outbox.publish(comp_id, *news(headline, lines, now), now)
        return self._links.taken()

    def set_phase(self, symbol: str, phase: Phase, now: int) -> list[Command]:
        """Halt a market, open it again, or close it, whatever the calendar says until its next change."""
        self._outbox.report(self.exchange.set_phase(symbol, phase, now), now)
        return self._done(now)

    def bust(self, trade: Trade, now: int) -> list[Command]:
        """Take a trade back, and tell both sides."""
        self._outbox.report(amend.bust(self.exchange, trade, now), now)
        return self._done(now)

    def correct(
        self, trade: Trade, now: int, quantity: Decimal | None = None, price: Decimal | None = None
    ) -> list[Command]:
        """Change a trade, and tell both sides. Raises ValueError where it would be more than was ordered."""
        self._outbox.report(amend.correct(self.exchange, trade, now, quantity, price), now)
        return self._done(now)

    def replay(
        self, records: Sequence[Record], now: int, speed: Decimal | None, *, waits: bool = False
    ) -> None:
        """Play a recording, `speed` recorded seconds in one of the clock, or (None) as `advance` asks for it.

        With `waits` it begins with the first order.
        """
        self.player = Player(records, self.exchange, None if waits else now, speed)

    def resume_replay(self, now: int) -> None:
        """Have the recording go on where it was when this venue last looked at its clock."""
        if self.player is not None:
            self.player.resume(now)

    def advance(self, now: int) -> tuple[list[Command], Advanced]:
        """Play the recording on until a counterparty trades: whole instants, and a bounded number of records.

        Nothing of the recording happens before this is called again, so a strategy has all the time that it needs.
        """
        player = self.player
        assert player is not None, "there is no recording"
        trades, played = self._outbox.trades, player.played
        while (
            not player.is_over and self._outbox.trades == trades and player.played - played < _RECORDS_AT_ONCE
        ):
            self._outbox.report(player.step(now), now)
        advanced = Advanced(
            player.played - played, self._outbox.trades - trades, self._outbox.trades, player.is_over
        )
        return self._done(now), advanced

    # --- what scripts do -----------------------------------------------------------------------------------------

    def submit(self, owner: str, request: Request, now: int) -> list[Command]:
        """Have the exchange process a request of a counterparty."""
        self._outbox.report(self._intake.submit(owner, request, now), now)
        return self._done(now)

    def tell(self, answers: Sequence[Answer], now: int) -> list[Command]:
        """Send reports and messages to counterparties; they are stored where those are away."""
        self._outbox.tell(answers, now)
        return self._done(now)

    def send(self, owner: str, msg_type: str, body: Fields, now: int) -> list[Command]:
        """Send an application message that nobody looks at any more."""
        self._outbox.number(owner, msg_type, body, now)
        return self._links.taken()

    def logout(self, connection: int, text: str, now: int) -> list[Command]:
        """Begin the orderly end of one session."""
        session = self._links.session(connection)
        if session is not None:
            self._links.act(connection, session.logout(text, now), now)
        return self._links.taken()

    # --- what its connections tell it (`Follower`) -----------------------------------------------------------------

    def delivered(self, connection: int, session: Session, message: Message, now: int) -> None:
        if self.player is not None and message.msg_type == "D":
            self.player.begin(now)
        drop = self._drops.due(connection)
        if drop is None:
            self._reception.take(connection, session, message, now)
            return
        if drop == "lost":
            session.unread()
        if drop in ("lost", "processed"):
            # The reports take sequence numbers and are stored, as on a connection that is down already.
            session.disconnected()
            self._links.close(connection, "dropped by configuration", now, at_once=True)
        if drop != "lost":
            self._reception.take(connection, session, message, now)
        if drop == "answered":
            self._links.close(connection, "dropped by configuration, answered", now)

    def logged_on_now(self, event: LoggedOn, now: int) -> None:
        self._wishes.logged_on(event.comp_id, event.fields, now)

    def logout_asked(self, event: LogoutAsked, now: int) -> None:
        self._wishes.logging_out(event.comp_id, event.fields)

    def ended(self, peer: Counterparty, orderly: bool, now: int) -> None:
        self._services.disconnected(peer.comp_id)
        self._wishes.lost(peer.comp_id, orderly, now)
        if self._numbers.resets_at_logon or peer.comp_id in self._resetting:
            self._resetting.discard(peer.comp_id)
            peer.reset()

    def _end_sessions(self, now: int) -> None:
        """Log everybody out; where the numbers begin again, they do so once the connection is gone."""
        if self._numbers.resets_at_logout:
            for peer in self.registry:
                if peer.connected:
                    self._resetting.add(peer.comp_id)
                else:
                    peer.reset()
        for connection, session in self._links.sessions:
            self._links.act(connection, session.logout("end of the session; log on again", now), now)

    def _done(self, now: int) -> list[Command]:
        self._outbox.inform(now)
        return self._links.taken()
