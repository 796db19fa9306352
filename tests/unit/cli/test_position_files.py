"""Files of start-of-day positions: what is read of them, and what is wrong with which line."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli.failure import CommandFailure
from gateway.cli.position_files import read_position_file
from gateway.v1 import operations_pb2, types_pb2

CSV = """account,strategy,instrument,quantity,price,commission,fees,cost_currency
A1,s,ACME,-10,100.25,1.5,,USD
A1,s,EUR/USD,1000,1.0850,,,
"""
YAML = """# as of the close
- {account: A1, strategy: s, instrument: ACME, quantity: -10, price: 100.25, commission: 1.5, cost_currency: USD}
- {account: A1, strategy: s, instrument: EUR/USD, quantity: 1000, price: 1.0850}
"""


def read(folder: Path, name: str, text: str) -> list[operations_pb2.StartOfDayPosition]:
    file = folder / name
    file.write_text(text)
    return list(read_position_file(file))


@pytest.mark.parametrize(("name", "text"), [("p.csv", CSV), ("p.yaml", YAML), ("p.yml", YAML)])
def test_rows_are_read_as_they_are_written(tmp_path: Path, name: str, text: str) -> None:
    short, long = read(tmp_path, name, text)
    assert (short.account, short.strategy, short.instrument) == ("A1", "s", "ACME")
    assert (short.quantity, short.price) == ("-10", "100.25")
    assert [(each.kind, each.amount, each.currency) for each in short.charges] == [
        (types_pb2.CHARGE_KIND_COMMISSION, "1.5", "USD")
    ]
    assert (long.price, len(long.charges)) == ("1.0850", 0)


def test_csv_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    assert len(read(tmp_path, "p.csv", "\ufeff" + CSV)) == 2


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("p.csv", "account,strategy,instrument,quantity\nA1,s,ACME,1\n", "p.csv:2: misses price"),
        ("p.csv", CSV.replace("-10", ""), "p.csv:2: misses quantity"),
        ("p.csv", CSV + "A1,s,ACME\n", "p.csv:4: expected 8 values"),
        ("p.csv", CSV.replace("1.5,,USD", "1.5,,"), "p.csv:2: has commission and no cost_currency"),
        ("p.csv", CSV.replace("price", "prize", 1), "p.csv:2: misses price"),
        ("p.yaml", YAML.replace("price: 1.0850", "price: 1, prize: 2"), "p.yaml:3: has prize, which is no"),
        ("p.yaml", "a: 1\n", "p.yaml:1: expected a list"),
        ("p.yaml", "- [1, 2]\n", "p.yaml:1: expected keys with a value each"),
        ("p.yaml", "- {a: [\n", "p.yaml: "),
    ],
)
def test_fault_is_told_with_its_line(tmp_path: Path, name: str, text: str, expected: str) -> None:
    with pytest.raises(CommandFailure) as failure:
        read(tmp_path, name, text)
    assert expected in str(failure.value)


def test_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandFailure, match=r"none\.csv: cannot be read"):
        list(read_position_file(tmp_path / "none.csv"))
