"""A venue that was killed, brought back from its inputs: what its people did is done again."""

from decimal import Decimal
from pathlib import Path

import pytest

from sim.commands import Send
from sim.config.load import parse
from sim.phases import Phase
from sim.replay.files import read
from sim.state import StateError, open_recorded
from sim.wire import SECOND
from tests.unit.sim.conftest import QUIET, START, SYMBOLS, build, split

SAMPLE = Path(__file__).parents[3] / "sim" / "replay" / "sample.csv"
SETTINGS = QUIET + SYMBOLS


class Life:
    """A venue over one directory, and two clients that trade; each new one is its next life."""

    def __init__(self, folder, config=SETTINGS, now=START):
        self.venue = open_recorded(folder, parse(config, "test.yaml"), 1, "T", now)
        self.now = now
        self.seq = {}
        self.heard = []

    def say(self, connection, text, comp_id="GW"):
        self.seq[connection] = self.seq.get(connection, 0) + 1
        at = "20260101-12:00:00.000"
        header = {"49": comp_id, "56": "SIM", "34": str(self.seq[connection]), "52": at, "60": at}
        self.take(self.venue.received(connection, build(text, "FIX.4.4", header), self.now))

    def take(self, commands):
        self.heard += [m for c in commands if isinstance(c, Send) for m in split(c.data)]

    def trades(self):
        """Let GW buy 60 of 100 from OTHER."""
        for connection, comp_id in ((1, "GW"), (2, "OTHER")):
            self.venue.connected(connection, self.now)
            self.say(connection, "35=A|98=0|108=0", comp_id)
        self.say(2, "35=D|11=s|55=ABC|54=2|38=60|40=2|44=9.90", "OTHER")
        self.say(1, "35=D|11=b|55=ABC|54=1|38=100|40=2|44=10.00")
        (trade,) = self.venue.ledger.trades
        return trade

    def all_of_it(self):
        """Give everything that a restart must restore."""
        venue = self.venue
        sent = {p.comp_id: (p.next_in, p.next_out, dict(p.sent)) for p in venue.registry}
        books = {s: [list(m.book.depth(b)) for b in (True, False)] for s, m in venue.exchange.markets.items()}
        phases = {symbol: market.phase for symbol, market in venue.exchange.markets.items()}
        return venue.ledger.as_json(), sent, books, phases


@pytest.mark.parametrize(
    "act",
    [
        lambda life, trade: life.venue.bust(trade, life.now),
        lambda life, trade: life.venue.correct(trade, life.now, Decimal(50), Decimal("9.80")),
        lambda life, trade: life.venue.correct(trade, life.now, price=Decimal("9.85")),
        lambda life, trade: life.venue.announce("Early close", ["Trading ends at 13:00"], life.now),
        lambda life, trade: life.venue.set_phase("ABC", Phase.HALT, life.now),
    ],
    ids=["bust", "correct", "correct price", "announce", "phase"],
)
def test_what_was_done_by_hand_is_there_after_a_restart(tmp_path, act):
    life = Life(tmp_path)
    trade = life.trades()
    before = life.all_of_it()
    act(life, trade)
    after = life.all_of_it()
    assert after != before
    assert Life(tmp_path, now=life.now + SECOND).all_of_it() == after
    assert Life(tmp_path, now=life.now + 2 * SECOND).all_of_it() == after


def test_refused_correction_is_not_repeated(tmp_path):
    life = Life(tmp_path)
    trade = life.trades()
    with pytest.raises(ValueError, match="at most"):
        life.venue.correct(trade, life.now, Decimal(61))
    assert Life(tmp_path).venue.ledger.trades == [trade]


SAMPLED = "liquidity: {enabled: false}\n"


def test_recording_goes_on_where_it_was_and_leaves_the_time_between_out(tmp_path):
    records = read(SAMPLE)
    life = Life(tmp_path, SAMPLED)
    life.venue.replay(records, START, Decimal(1))
    for now in range(START, START + 10 * SECOND + 1, SECOND // 10):
        life.venue.tick(now)
    assert (played := life.venue.player.played) > 100
    shown = life.all_of_it()

    later = START + 3600 * SECOND
    life = Life(tmp_path, SAMPLED, later)
    life.venue.replay(records, later, Decimal(1))
    assert life.all_of_it() == shown
    assert life.venue.player.played == played
    assert life.venue.due_at() == later + SECOND // 10
    life.venue.tick(later + SECOND // 10)
    assert played < life.venue.player.played < played + 100
    with pytest.raises(StateError, match="plays another recording"):
        life.venue.replay(records[1:], later, Decimal(1))


def test_recording_on_demand_goes_on_where_it_was(tmp_path):
    life = Life(tmp_path, SAMPLED)
    life.venue.replay(read(SAMPLE), START, None)
    life.venue.connected(1, START)
    life.say(1, "35=A|98=0|108=0")
    life.say(1, "35=D|11=b|55=AAPL|54=1|38=10|40=2|44=189.96")
    _, advanced = life.venue.advance(START)
    assert (advanced.trades, advanced.is_over) == (1, False)
    state = life.all_of_it()
    again = Life(tmp_path, SAMPLED)
    assert again.all_of_it() == state
    assert again.venue.player.played == life.venue.player.played > 0
