"""Price files: taken whole or refused whole, with every fault and its line."""

from datetime import UTC, datetime
from decimal import Decimal as D

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.risk.price_file import FilePrice, PriceFileError, parse_prices, read_prices


def test_csv_is_read_in_order_and_other_columns_are_let_be():
    text = "date, instrument ,price\n2026-01-02,AAPL, 190.00\n2026-01-02,EUR/USD,1.08500000\n"
    assert parse_prices(text, "p.csv", is_yaml=False) == [
        FilePrice("AAPL", D("190.00")),
        FilePrice("EUR/USD", D("1.08500000")),
    ]


def test_yaml_prices_are_never_floats():
    # As a float 0.1 + 0.2 would be 0.30000000000000004; YAML 1.1 would take NO for false.
    text = "AAPL: 190.10\nNO: 0.00000001\n"
    assert parse_prices(text, "p.yaml", is_yaml=True) == [
        FilePrice("AAPL", D("190.10")),
        FilePrice("NO", D("0.00000001")),
    ]


@pytest.mark.parametrize(
    "price", ["0", "-1", "NaN", "inf", "1e3", "", "abc", "0.000000001", "92233720369", "1,5"]
)
def test_price_that_is_none_is_refused_with_its_line(price):
    with pytest.raises(PriceFileError, match=r"p\.csv:3: B: expected a price above zero"):
        parse_prices(f'instrument,price\nA,1\nB,"{price}"\n', "p.csv", is_yaml=False)


def test_every_fault_is_told_at_once():
    with pytest.raises(PriceFileError) as refused:
        parse_prices("instrument,price\nA,1\nA,2\n,3\nB,x\n", "p.csv", is_yaml=False)
    assert [line.split(": ")[0] for line in str(refused.value).splitlines()] == [
        "p.csv:3",
        "p.csv:4",
        "p.csv:5",
    ]


@pytest.mark.parametrize(
    ("text", "is_yaml", "said"),
    [
        ("", False, "columns instrument and price, were none"),
        ("symbol,price\nA,1\n", False, "columns instrument and price, were symbol, price"),
        ("instrument,price\n", False, "holds no price"),
        ("- A\n", True, "expected lines such as"),
        ("A: {b: 1}\n", True, "p:1: expected an instrument and its price"),
        ("A: [", True, "not YAML"),
    ],
)
def test_file_of_another_shape_is_refused(text, is_yaml, said):
    with pytest.raises(PriceFileError, match=said):
        parse_prices(text, "p", is_yaml=is_yaml)


@given(st.text(max_size=200), st.booleans())
def test_any_text_is_prices_or_a_clear_refusal(text, is_yaml):
    try:
        found, said = parse_prices(text, "p", is_yaml=is_yaml), ""
    except PriceFileError as error:
        found, said = [], str(error)
    assert bool(found) != said.startswith("p:")


def test_line_end_that_no_csv_has_is_refused():
    with pytest.raises(PriceFileError, match="columns instrument and price"):
        parse_prices("\r0", "p", is_yaml=False)


def test_file_is_found_by_its_ending_and_missing_one_is_told(tmp_path):
    (tmp_path / "p.yml").write_text("A: 1\n")
    (tmp_path / "p.csv").write_text("instrument,price\nA,1\n")
    assert read_prices(tmp_path / "p.yml") == read_prices(tmp_path / "p.csv") == [FilePrice("A", D(1))]
    (tmp_path / "q.csv").write_bytes(b"instrument,price\nA,\xff\n")
    with pytest.raises(PriceFileError, match=r"q\.csv:2: not UTF-8"):
        read_prices(tmp_path / "q.csv")
    with pytest.raises(PriceFileError, match="cannot be read"):
        read_prices(tmp_path / "none.csv")


def test_line_may_say_more_than_a_price():
    csv = "instrument,price,bid,ask,average_daily_volume,as_of\nA,10,9.99,10.01,,2026-03-02T16:00:00Z\nB,,,,5000,\n"
    yaml = "A: {price: 10, bid: 9.99, ask: 10.01, as_of: 2026-03-02T16:00:00Z}\nB: {average_daily_volume: 5000}\n"
    time = datetime(2026, 3, 2, 16, tzinfo=UTC)
    said = [
        FilePrice("A", D(10), {"bid": D("9.99"), "ask": D("10.01")}, time),
        FilePrice("B", None, {"average_daily_volume": D(5000)}),
    ]
    assert parse_prices(csv, "p", is_yaml=False) == parse_prices(yaml, "p", is_yaml=True) == said


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ("{price: 1, bid: -1}", "expected bid as a number of zero or above"),
        ("{price: 1, close: NaN}", "expected close as a number"),
        ("{price: 1, bid: 2, ask: 1}", "expected bid at most ask, was 2"),
        ("{price_band_low: 2, price_band_high: 1}", "expected price_band_low at most price_band_high"),
        ("{price: 1, as_of: 2026-03-02}", "expected as_of as ISO 8601 with a time zone"),
        ("{as_of: 2026-03-02T16:00:00Z}", "expected a price above zero"),
        ("{price: 1, bids: 2}", "or a mapping of price, bid"),
        ("{price: 1, price: 2}", "or a mapping of price, bid"),
        ("[1]", "or a mapping of price, bid"),
    ],
)
def test_line_with_a_fault_is_refused(terms, said):
    with pytest.raises(PriceFileError, match=said):
        parse_prices(f"A: {terms}\n", "p", is_yaml=True)
