"""A price file is taken when it has changed and stands still, whole or not at all; its prices grow old."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.risk.price_watch import SOURCE, PriceFileWatch
from gateway.v1 import control_pb2

SECOND = 1_000_000_000


class Core:
    def __init__(self) -> None:
        self.prices: dict[str, str] = {}
        self.more: dict[str, tuple[str, str, str]] = {}
        self.calls = 0
        self.is_full = False

    def set_references(self, update: bytes) -> int:
        if self.is_full:
            raise RuntimeError("the journal cannot be written")
        price = control_pb2.ReferencePrice.FromString(update)
        self.prices[price.instrument] = price.price
        self.more[price.instrument] = (price.references.bid, price.references.ask, price.references.close)
        self.calls += 1
        return self.calls


class World:
    def __init__(self, folder: Path) -> None:
        self.file = folder / "prices.csv"
        self.now_ns = 1_000 * SECOND
        self.core = Core()
        self.watch = PriceFileWatch(
            self.core,
            self.file,
            ["ACME", "OTHER"],
            interval_s=1,
            stale_after_ns=60 * SECOND,
            now_ns=lambda: self.now_ns,
        )

    def write(self, *rows: str) -> None:
        self.file.write_text("instrument,price\n" + "".join(f"{row}\n" for row in rows))

    def settle(self) -> bool:
        """Two looks: it has changed, and stands still."""
        assert not self.watch.look()
        return self.watch.look()

    def stale(self) -> dict[str, bool]:
        assert {state.session for state in self.watch.states()} <= {SOURCE}
        return {state.instrument: state.is_stale for state in self.watch.states()}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_file_is_taken_once_it_is_there_and_again_when_it_changes(world: World) -> None:
    assert not world.watch.look()
    world.write("ACME,10.5", "OTHER,3")
    assert world.settle()
    assert world.core.prices == {"ACME": "10.5", "OTHER": "3"}
    assert not world.watch.look()
    assert world.core.calls == 2
    world.write("ACME,11.25")
    assert world.settle()
    assert world.core.prices == {"ACME": "11.25", "OTHER": "3"}
    assert world.watch.files_taken == 2


def test_file_that_is_still_being_written_is_left_until_it_stands_still(world: World) -> None:
    world.write("ACME,1")
    assert not world.watch.look()
    world.write("ACME,10.5")  # it was half of this
    assert not world.watch.look()
    assert world.core.prices == {}
    assert world.watch.look()
    assert world.core.prices == {"ACME": "10.5"}


@pytest.mark.parametrize(
    ("row", "why"),
    [("ACME,-1", r":3: ACME: expected a price above zero"), ("NOBODY,1", "not configured: NOBODY")],
)
def test_garbage_is_refused_once_and_as_a_whole(
    world: World, row: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    world.write("OTHER,3")
    assert world.settle()
    world.write("OTHER,4", row)
    assert not world.settle()
    assert not world.watch.look()
    assert world.core.prices == {"OTHER": "3"}
    assert world.watch.files_refused == 1
    assert [record.levelname for record in caplog.records if why in record.getMessage()] == ["ERROR"]
    world.write("OTHER,5")
    assert world.settle()
    assert world.core.prices == {"OTHER": "5"}


def test_price_grows_stale_unless_a_file_says_it_again(world: World) -> None:
    world.write("ACME,10", "OTHER,3")
    assert world.settle()
    assert world.stale() == {"ACME": False, "OTHER": False}
    world.now_ns += 61 * SECOND
    assert world.stale() == {"ACME": True, "OTHER": True}
    world.write("ACME,10.00")  # the same price in another file
    assert world.settle()
    assert world.stale() == {"ACME": False, "OTHER": True}


def test_what_the_core_cannot_take_is_tried_again(world: World) -> None:
    world.write("ACME,10")
    world.core.is_full = True
    assert not world.settle()
    world.core.is_full = False
    assert world.watch.look()
    assert world.core.prices == {"ACME": "10"}


def test_file_that_is_gone_leaves_prices_as_they_are(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.write("ACME,10")
    assert world.settle()
    world.file.unlink()
    for _ in range(3):
        assert not world.watch.look()
    assert sum("cannot be read" in record.getMessage() for record in caplog.records) == 1
    assert world.core.prices == {"ACME": "10"}


def test_file_may_say_more_than_the_price_and_when_it_is_of(world: World) -> None:
    rows = "ACME,10.5,10.4,10.6,10,{}\nOTHER,3,,,,\n"
    header = "instrument,price,bid,ask,close,as_of\n"
    world.file.write_text(header + rows.format("1970-01-01T00:16:00+00:00"))  # 40 seconds before now
    assert world.settle()
    assert world.core.more == {"ACME": ("10.4", "10.6", "10"), "OTHER": ("", "", "")}
    world.now_ns += 30 * SECOND
    assert world.stale() == {"ACME": True, "OTHER": False}
