"""A venue on virtual time, and clients that speak to it in wire text with `|` for SOH."""

from collections.abc import Callable
from decimal import Decimal

import pytest
import simplefix

from sim.commands import Close, Command, Core, Log, Pause, Send
from sim.config.load import parse
from sim.scenario import draw_from, make_layer, parse_scenario, verdict_of
from sim.simulator import Simulator
from sim.wire import SECOND, format_utc

START = 1_767_268_800 * SECOND  # 2026-01-01 12:00:00

Fields = dict[int, str]


def build(text: str, begin_string: str, defaults: dict[str, str]) -> bytes:
    """Build a message from `35=D|11=a|...`; a default is used for a field that is not given."""
    given = [(tag, value) for tag, _, value in (part.partition("=") for part in text.strip("|").split("|"))]
    message = simplefix.FixMessage()
    message.append_pair(8, begin_string)
    for tag, value in defaults.items():
        if tag not in {given_tag for given_tag, _ in given}:
            message.append_pair(tag, value)
    for tag, value in given:
        message.append_pair(tag, value)
    encoded: bytes = message.encode()
    return encoded


def split(data: bytes) -> list[Fields]:
    parser = simplefix.FixParser()
    parser.append_buffer(data)
    messages = []
    while (message := parser.get_message()) is not None:
        messages.append({int(tag): value.decode("latin-1") for tag, value in message.pairs})
    return messages


class Venue:
    """The simulator, its clock and its network."""

    def __init__(self, config: str, prefix: str, scenario: str = "") -> None:
        self.now = START
        self.inner = Simulator(parse(config, "test.yaml"), seed=1, id_prefix=prefix, now=START)
        self.simulator: Core = self.inner
        self.play = None
        self.paused: set[int] = set()
        if scenario:
            self.play = make_layer(self.inner, parse_scenario(scenario, "test.yaml"), draw_from(1))
            self.simulator = self.play.layer
        self.logs: list[str] = []
        self.clients: dict[int, Client] = {}

    def client(self, comp_id: str = "GW", begin_string: str = "FIX.4.4") -> "Client":
        return Client(self, comp_id, begin_string)

    def advance(self, seconds: Decimal | int) -> None:
        """Move the clock step by step through everything that is due."""
        end = self.now + int(seconds * SECOND)
        while (due := self.simulator.due_at()) is not None and due <= end:
            self.now = max(due, self.now)
            self.carry_out(self.simulator.tick(self.now))
        self.now = end

    @property
    def verdict(self):
        """Of the scenario, as it stands."""
        return verdict_of(self.play)

    def carry_out(self, commands: list[Command]) -> None:
        for command in commands:
            if isinstance(command, Send):
                self.clients[command.connection].bytes += command.data
                self.clients[command.connection].inbox += split(command.data)
            elif isinstance(command, Close):
                self.clients[command.connection].closed = command.reason
                self.carry_out(self.simulator.disconnected(command.connection, self.now))
            elif isinstance(command, Pause):
                (self.paused.add if command.paused else self.paused.discard)(command.connection)
            elif isinstance(command, Log):
                self.logs.append(command.text)


class Client:
    """A counterparty. Its next sequence number is `seq`; a message may give its own 34."""

    def __init__(self, venue: Venue, comp_id: str, begin_string: str) -> None:
        self.venue = venue
        self.comp_id = comp_id
        self.begin_string = begin_string
        self.seq = 1
        self.inbox: list[Fields] = []
        self.bytes = b""
        self.closed: str | None = None
        self.connection = 0

    def connect(self) -> "Client":
        self.connection = len(self.venue.clients) + 1
        self.closed = None
        self.venue.clients[self.connection] = self
        self.venue.carry_out(self.venue.simulator.connected(self.connection, self.venue.now))
        return self

    def logon(self, extra: str = "108=30") -> "Client":
        """Connect, log on and drop the answer."""
        self.connect()
        appl = "1137=9|" if self.begin_string.startswith("FIXT") else ""
        assert self.say(f"35=A|98=0|{appl}{extra}")[0][35] == "A"
        return self

    def bytes_of(self, text: str) -> bytes:
        at = format_utc(self.venue.now)
        defaults = {"49": self.comp_id, "56": "SIM", "34": str(self.seq), "52": at}
        msg_type = text.split("|", 1)[0].removeprefix("35=")
        if msg_type in ("D", "F", "G"):
            defaults["60"] = at
            defaults["21"] = "1"
        if "|34=" not in text:
            self.seq += 1
        return build(text, self.begin_string, defaults)

    def say(self, *texts: str) -> list[Fields]:
        """Send messages in one piece; gives what comes back at once."""
        return self.raw(b"".join(self.bytes_of(text) for text in texts))

    def raw(self, data: bytes) -> list[Fields]:
        self.inbox = []
        self.venue.carry_out(self.venue.simulator.received(self.connection, data, self.venue.now))
        return self.inbox

    def drop(self) -> None:
        self.venue.carry_out(self.venue.simulator.disconnected(self.connection, self.venue.now))

    def heard(self, seconds: Decimal | int) -> list[Fields]:
        """Give what arrives while time passes."""
        self.inbox = []
        self.venue.advance(seconds)
        return self.inbox


QUIET = "liquidity: {enabled: false}\n"
SYMBOLS = """\
symbols:
  ABC: {price: 10.00, tick: 0.01, lot: 1, quantity_max: 1000, band_percent: 50}
  XYZ: {price: 100, tick: 0.5, lot: 10}
"""


@pytest.fixture
def make_venue() -> Callable[..., Venue]:
    def make(config: str = QUIET + SYMBOLS, prefix: str = "T", scenario: str = "") -> Venue:
        return Venue(config, prefix, scenario)

    return make


@pytest.fixture
def venue(make_venue: Callable[..., Venue]) -> Venue:
    return make_venue()
