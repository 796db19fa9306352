"""The simulator with faults around it.

Theory of operation. A `FaultLayer` has the simulator's own entry points and gives the same kind of commands, so an
event loop or a test under virtual time drives either. A message is looked at in four places:

- `received`: framed here, before the session sees it;
- `request`: delivered by the session, before the exchange sees it (by way of `Interceptor`);
- `reporting`: an application message before it is numbered (the same way);
- `sending`: whole, in place of the `Send` that the simulator asked for.

At each, the rules that hold say what becomes of the message; what else they do is carried out after it. The simulator
is never called while it is working: acts that come due in the middle of its work wait in `_deferred` until it returns.
Acts that come later, or at a time, wait in a heap, and `tick` carries them out.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field

from sim.commands import Close, Command, Log, Pause, Send
from sim.config import Settings
from sim.faults.acts import Alter, Delay, Do, Duplicate, Reorder
from sim.faults.answers import answer
from sim.faults.carry import carry_out
from sim.faults.context import Context
from sim.faults.desk import Desk
from sim.faults.edit import edit, edit_fields, fields_of, shift_times
from sim.faults.line import Line
from sim.faults.rule import Rule
from sim.faults.rules import LiveRule, RuleBook
from sim.faults.template import fill_in
from sim.faults.watch import Watcher
from sim.faults.when import Point, Seen
from sim.ledger import Ledger
from sim.services.outgoing import Answer
from sim.simulator import Simulator
from sim.wire import Fields, Framer, Garbage, Message, parse

__all__ = ["FaultLayer", "Happened"]

_HISTORY_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Happened:
    """An act that was carried out."""

    at_ns: int
    rule: str
    act: str
    session: str
    message: str
    """MsgType(35) of the message that the rule waited for; empty for a time."""


@dataclass(slots=True)
class Link:
    """One connection. `gone`: for the client it is there, for the venue it is not."""

    framer: Framer
    inward: Line[bytes] = field(default_factory=Line)
    outward: Line[bytes] = field(default_factory=Line)
    gone: bool = False
    mute: bool = False


@dataclass(slots=True)
class _Fate:
    """What becomes of a message."""

    copies: int = 1
    delay: int = 0
    behind: tuple[int, int] | None = None
    alter: list[Alter] = field(default_factory=list)
    then: list[tuple[Do, Context]] = field(default_factory=list)


class FaultLayer:
    """Drives a simulator. `rules` decides with the randomness that it was made with."""

    def __init__(self, simulator: Simulator, rules: RuleBook) -> None:
        self.simulator = simulator
        self.rules = rules
        self.desk = Desk(simulator.exchange, simulator.registry)
        self.links: dict[int, Link] = {}
        self.history: list[Happened] = []
        self.halted: str | None = None
        """Why there is no trading."""
        self.skew = 0
        self.down_until = 0
        self.commands: list[Command] = []
        self._reports: dict[str, Line[tuple[str, Fields]]] = {}
        self._deferred: list[tuple[Do, Context]] = []
        self._later: list[tuple[int, int, Do, Context]] = []
        self._scheduled = 0
        self.watcher: Watcher | None = None
        simulator.intercept(self)

    @property
    def settings(self) -> Settings:
        return self.simulator.settings

    @property
    def ledger(self) -> Ledger:
        return self.simulator.ledger

    @property
    def logged_on(self) -> list[str]:
        return self.simulator.logged_on

    def phase_of(self, symbol: str | None = None) -> str:
        """Give the phase of a symbol's market, without one that of the first; `halted` where a script says so."""
        if self.halted is not None:
            return "halted"
        markets = self.simulator.exchange.markets
        market = markets.get(symbol or "") or next(iter(markets.values()))
        return market.phase.value

    @property
    def pending(self) -> int:
        """How many acts and messages wait for their time."""
        lines = [*self._reports.values()]
        ways = [way for link in self.links.values() for way in (link.inward, link.outward)]
        return len(self._later) + sum(len(line) for line in lines) + sum(len(way) for way in ways)

    # --- what happens to a simulator -----------------------------------------------------------------------------

    def connected(self, connection: int, now: int) -> list[Command]:
        if now < self.down_until:
            return [Close(connection, "the venue is down", at_once=True)]
        self.links[connection] = Link(Framer(self.settings.session.message_bytes_max))
        self.take(self.simulator.connected(connection, now), now)
        return self._taken()

    def received(self, connection: int, data: bytes, now: int) -> list[Command]:
        link = self.links.get(connection)
        if link is None or link.gone:
            return []
        link.framer.feed(data)
        for item in link.framer.frames():
            if self.links.get(connection) is not link or link.gone:
                break
            if isinstance(item, Garbage):
                self.to_simulator(connection, item.data, now)
            else:
                self._frame(connection, link, item.data, now)
        return self._taken()

    def disconnected(self, connection: int, now: int) -> list[Command]:
        self.links.pop(connection, None)
        self.take(self.simulator.disconnected(connection, now), now)
        return self._taken()

    def tick(self, now: int) -> list[Command]:
        self.take(self.simulator.tick(now), now)
        while self._later and self._later[0][0] <= now:
            _, _, do, context = heapq.heappop(self._later)
            self.carry(do, context, now)
        for live in self.rules.timed(now):
            context = Context(live.rule.name, owner=live.rule.when.session or "")
            for do in live.rule.do:
                self._note(live, do, context, now)
                self.perform(do, context, now)
        for connection, link in list(self.links.items()):
            for data in link.inward.due(now):
                self.to_simulator(connection, data, now)
            for data in link.outward.due(now):
                self.write(connection, data)
        for owner, line in self._reports.items():
            for msg_type, body in line.due(now):
                self.take(self.simulator.send(owner, msg_type, body, now), now)
        if self.watcher is not None:
            self.watcher.tick(now)
        return self._taken()

    def shutdown(self, now: int) -> list[Command]:
        self.take(self.simulator.shutdown(now), now)
        return self._taken()

    def due_at(self) -> int | None:
        times = [
            self.simulator.due_at(),
            self.rules.due_at(),
            self._later[0][0] if self._later else None,
            None if self.watcher is None else self.watcher.due_at(),
            *(line.due_at() for line in self._reports.values()),
            *(link.inward.due_at() for link in self.links.values()),
            *(link.outward.due_at() for link in self.links.values()),
        ]
        return min((at for at in times if at is not None), default=None)

    # --- rules at run time ---------------------------------------------------------------------------------------

    def inject(self, rule: Rule) -> LiveRule:
        return self.rules.add(rule)

    def act_now(self, do: Do, owner: str, now: int) -> list[Command]:
        """Carry out an act at once, for one client or (empty) for all."""
        context = Context("by hand", owner=owner)
        self._happened(context, do, "", now)
        self.perform(do, context, now)
        return self._taken()

    def on_floor(self, do: Callable[[Simulator, int], list[Command]], now: int) -> list[Command]:
        """Have the venue's people do something; what they bring about goes the way of all messages."""
        self.take(do(self.simulator, now), now)
        return self._taken()

    # --- the interceptor's side ----------------------------------------------------------------------------------

    def request(self, owner: str, message: Message, now: int) -> list[Answer] | None:
        connection = next((c for c in self.links if self.simulator.owner_of(c) == owner), None)
        seen = Seen(Point.REQUEST, connection or 0, owner, message.msg_type, message.fields)
        self._watch(seen, now)
        context = Context("halt", connection, owner, message, dict(message.fields))
        acts: list[tuple[Do, Context]] = []
        for live in self.rules.match(seen, self.phase_of(seen.fields.get(55)), now):
            named = Context(live.rule.name, connection, owner, message, dict(message.fields))
            for do in live.rule.do:
                self._note(live, do, named, now)
                acts.append((do, named))
        ways = _cuts(acts)
        if connection is not None and ways & {"now", "after_receipt"}:
            self.links[connection].mute = True
        reply, rest = answer(self, owner, message, acts, context, now)
        self._deferred += rest
        return [] if "now" in ways else reply

    def report(self, owner: str, msg_type: str, body: Fields, now: int) -> list[tuple[str, Fields]]:
        line = self._reports.setdefault(owner, Line())
        seen = Seen(Point.REPORTING, 0, owner, msg_type, dict(reversed(body)))
        self._watch(seen, now)
        fate = self._fate(seen, None, now)
        for alter in fate.alter:
            fields = {t: fill_in(v, seen.fields, now) for t, v in alter.fields.items()}
            body = edit_fields(body, fields, alter.remove)
        self._deferred += fate.then
        if fate.behind is not None:
            for _ in range(fate.copies):
                line.put_behind((msg_type, body), fate.behind[0], now + fate.behind[1])
            return []
        return [item for _ in range(fate.copies) for item in line.put((msg_type, body), now, fate.delay)]

    # --- messages on their way -----------------------------------------------------------------------------------

    def _frame(self, connection: int, link: Link, data: bytes, now: int) -> None:
        message = parse(data)
        if isinstance(message, str):
            self.to_simulator(connection, data, now)
            return
        if message.msg_type == "A":
            self.rules.start(now)
        seen = Seen(Point.RECEIVED, connection, message.get(49) or "", message.msg_type, message.fields)
        self._watch(seen, now)
        fate = self._fate(seen, message, now)
        for alter in fate.alter:
            data = self._altered(data, alter, now)
        ways = _cuts(fate.then)
        if "now" in ways:
            fate.copies = 0
        link.mute = "after_receipt" in ways
        if fate.behind is not None:
            for _ in range(fate.copies):
                link.inward.put_behind(data, fate.behind[0], now + fate.behind[1])
        else:
            for _ in range(fate.copies):
                for out in link.inward.put(data, now, fate.delay):
                    self.to_simulator(connection, out, now)
        for do, context in fate.then:
            self.perform(do, context, now)

    def to_simulator(self, connection: int, data: bytes, now: int) -> None:
        self.take(self.simulator.received(connection, data, now), now)

    def take(self, commands: list[Command], now: int) -> None:
        """Pass on what the simulator asks for, and then do what had to wait for it."""
        for command in commands:
            if isinstance(command, Send):
                self._send(command.connection, command.data, now)
            else:
                self.commands.append(command)
        while self._deferred:
            do, context = self._deferred.pop(0)
            self.perform(do, context, now)

    def _send(self, connection: int, data: bytes, now: int) -> None:
        link = self.links.get(connection)
        if link is None or link.gone or link.mute:
            return
        if self.skew:
            data = shift_times(data, self.skew)
        fields = fields_of(data)
        seen = Seen(Point.SENDING, connection, fields.get(56, ""), fields.get(35, ""), fields)
        self._watch(seen, now)
        fate = self._fate(seen, None, now)
        for alter in fate.alter:
            data = self._altered(data, alter, now)
        ways = _cuts(fate.then)
        if "mid_message" in ways:
            data = data[: len(data) // 2]
        elif "now" in ways:
            fate.copies = 0
        if fate.behind is not None:
            for _ in range(fate.copies):
                link.outward.put_behind(data, fate.behind[0], now + fate.behind[1])
        else:
            for _ in range(fate.copies):
                for out in link.outward.put(data, now, fate.delay):
                    self.write(connection, out)
        for do, context in fate.then:
            self.perform(do, context, now)

    def write(self, connection: int, data: bytes) -> None:
        """Send bytes that nothing looks at any more."""
        link = self.links.get(connection)
        if link is not None and not link.gone and not link.mute:
            self.commands.append(Send(connection, data))

    def cut(self, connection: int, reason: str, now: int) -> None:
        """End a connection at once, and let the simulator know."""
        if self.links.pop(connection, None) is not None:
            self.commands.append(Close(connection, reason, at_once=True))
            self.take(self.simulator.disconnected(connection, now), now)

    def pause(self, connection: int, paused: bool) -> None:
        self.commands.append(Pause(connection, paused))

    # --- acts ----------------------------------------------------------------------------------------------------

    def perform(self, do: Do, context: Context, now: int) -> None:
        """Carry an act out, now or when its time comes."""
        if do.act.after:
            self.schedule(do, context, now + do.act.after)
        else:
            self.carry(do, context, now)

    def schedule(self, do: Do, context: Context, at: int) -> None:
        self._scheduled += 1
        heapq.heappush(self._later, (at, self._scheduled, do, context))

    def carry(self, do: Do, context: Context, now: int) -> None:
        carry_out(self, do, context, now)

    def _fate(self, seen: Seen, message: Message | None, now: int) -> _Fate:
        fate = _Fate()
        for live in self.rules.match(seen, self.phase_of(seen.fields.get(55)), now):
            fields = dict(seen.fields)
            context = Context(live.rule.name, seen.connection or None, seen.comp_id, message, fields)
            for do in live.rule.do:
                self._note(live, do, context, now)
                self._decide(fate, do, context)
        return fate

    @staticmethod
    def _decide(fate: _Fate, do: Do, context: Context) -> None:
        act = do.act
        if do.drop is not None:
            fate.copies = 0
        elif isinstance(act, Duplicate):
            fate.copies += act.times
        elif isinstance(act, Delay):
            fate.delay += act.by
        elif isinstance(act, Reorder):
            fate.behind = (act.behind, act.at_most)
        elif isinstance(act, Alter):
            fate.alter.append(act)
        else:
            fate.then.append((do, context))

    @staticmethod
    def _altered(data: bytes, alter: Alter, now: int) -> bytes:
        known = fields_of(data)
        return edit(data, {t: fill_in(v, known, now) for t, v in alter.fields.items()}, alter.remove)

    def _note(self, live: LiveRule, do: Do, context: Context, now: int) -> None:
        self._happened(context, do, context.fields.get(35, ""), now)

    def _happened(self, context: Context, do: Do, msg_type: str, now: int) -> None:
        if len(self.history) < _HISTORY_MAX:
            self.history.append(Happened(now, context.rule, do.name, context.owner, msg_type))
        about = f" at {msg_type}" if msg_type else ""
        whom = f" of {context.owner}" if context.owner else ""
        self.commands.append(Log("warning", f"fault {context.rule}: {do.name}{about}{whom}"))
        if self.watcher is not None:
            self.watcher.tick(now)

    def _watch(self, seen: Seen, now: int) -> None:
        if self.watcher is not None:
            self.watcher.saw(seen, now)

    def _taken(self) -> list[Command]:
        commands, self.commands = self.commands, []
        return commands


def _cuts(acts: list[tuple[Do, Context]]) -> set[str]:
    """Give the ways in which acts end the connection at this very message."""
    return {do.disconnect.how for do, _ in acts if do.disconnect is not None and not do.act.after}
