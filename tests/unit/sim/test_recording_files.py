"""Recordings as CSV and as Parquet: one content, one result."""

import sys
from decimal import Decimal
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from sim.replay.cli import recordings
from sim.replay.files import RecordingError, read
from sim.replay.rows import COLUMNS

SAMPLE = Path(__file__).parents[3] / "sim" / "replay" / "sample.csv"
ROW = (1_767_268_800_000_000_000, "ABC", "quote", "buy", Decimal("10.50"), Decimal(100))


def write_table(path, changes=None, columns=COLUMNS):
    row = dict(zip(COLUMNS, ROW, strict=True)) | (changes or {})
    pyarrow.parquet.write_table(pyarrow.table({name: [row[name]] for name in columns}), path)
    return path


@pytest.fixture(scope="module")
def converted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recordings")
    assert recordings(["convert", str(SAMPLE), str(folder / "sample.parquet")]) == 0
    assert recordings(["convert", str(folder / "sample.parquet"), str(folder / "again.csv")]) == 0
    return folder


def test_csv_that_became_parquet_and_csv_again_is_the_same_file(converted):
    assert (converted / "again.csv").read_bytes() == SAMPLE.read_bytes()


def test_both_kinds_of_file_play_to_the_same_bytes(converted, make_venue):
    said = []
    for file in (SAMPLE, converted / "sample.parquet"):
        venue = make_venue("liquidity: {enabled: false}\n")
        venue.simulator.replay(read(file), venue.now, Decimal(1))
        client = venue.client().logon("108=0")
        client.say("35=V|262=m|263=1|264=0|265=1|267=3|269=0|269=1|269=2|146=2|55=AAPL|55=BTC-USD")
        for number in range(10):
            venue.advance(Decimal("0.7"))
            client.say(f"35=D|11=b{number}|55=AAPL|54=1|38=150|40=2|44=190.05|59=3")
            client.say(f"35=D|11=s{number}|55=BTC-USD|54=2|38=0.02|40=2|44=64000.01")
        venue.advance(5)
        said.append(client.bytes)
    assert said[0] == said[1]
    assert said[0].count(b"\x01150=F\x01") > 10
    assert b"\x0135=X\x01" in said[0]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"time_ns": pyarrow.scalar(ROW[0], pyarrow.timestamp("ns", "UTC"))},
        {"time_ns": pyarrow.scalar(ROW[0] // 1_000_000, pyarrow.timestamp("ms"))},
        {"price": "10.50", "quantity": 100},
    ],
)
def test_parquet_of_others_is_read_in_any_exact_type(tmp_path, changes):
    (record,) = read(write_table(tmp_path / "r.parquet", changes))
    assert (record.at, record.symbol, record.price, record.quantity) == (ROW[0], "ABC", Decimal("10.5"), 100)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        (
            {"price": 10.5},
            "column price must be a decimal, as decimal128(38, 18): floats are not exact; it is double",
        ),
        ({"time_ns": "now"}, "column time_ns must be int64 or a timestamp; it is string"),
        ({"symbol": 1}, "column symbol must be strings; it is int64"),
        ({"side": "up"}, "row 1: side must be buy or sell, was up"),
        ({"price": None}, "row 1: price must be a decimal, was None"),
    ],
)
def test_faulty_parquet_is_named_with_column_or_row(tmp_path, changes, error):
    if changes == {"price": None}:
        changes = {"price": pyarrow.scalar(None, pyarrow.decimal128(10, 2))}
    with pytest.raises(RecordingError) as caught:
        read(write_table(tmp_path / "r.parquet", changes))
    assert str(caught.value) == f"{tmp_path}/r.parquet: {error}"


def test_parquet_with_other_columns_and_what_is_none_are_refused(tmp_path):
    with pytest.raises(RecordingError, match=r"the columns must be time_ns,.*, were symbol,price"):
        read(write_table(tmp_path / "r.parquet", columns=("symbol", "price")))
    (tmp_path / "no.parquet").write_bytes(b"time_ns,symbol")
    with pytest.raises(RecordingError, match="cannot be read"):
        read(tmp_path / "no.parquet")
    with pytest.raises(RecordingError, match="cannot be read"):
        read(tmp_path / "absent.parquet")


def test_missing_library_is_named_with_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert recordings(["convert", str(SAMPLE), str(tmp_path / "r.parquet")]) == 2
    assert (
        "Parquet needs pyarrow: pip install 'fixgateway[parquet]', or use a CSV file"
        in capsys.readouterr().err
    )


def test_commands_make_and_check_a_recording(tmp_path, capsys):
    file = tmp_path / "r.parquet"
    assert recordings(["make", str(file), "--seconds", "2", "--seed", "3"]) == 0
    assert recordings(["check", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{len(read(file))} records in {file}"
    assert lines[-1].split() == ["symbols", "AAPL,", "BTC-USD,", "EUR/USD,", "MSFT"]
    assert recordings(["make", str(tmp_path / "no" / "r.csv")]) == 1
