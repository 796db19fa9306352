"""Other FIX libraries on the same messages: simplefix, and QuickFIX's own C++ through its Python binding.

Both are measured as a Python program meets them: the call into the library is in the figure.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from tests.bench.build import ROOT
from tests.bench.measures import Figures, Measure, measure_of_samples

__all__ = ["add_encoders", "add_parsers", "quickfix_or_none"]

SAMPLES = 4_000
WARM = 400

SIMPLEFIX, QUICKFIX, QUICKFIX_DICTIONARY = "simplefix", "quickfix", "quickfix, with dictionary"


def quickfix_or_none() -> Any:
    """The quickfix module, where it is installed."""
    try:
        import quickfix  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        return None
    return quickfix


def _simplefix_or_none() -> Any:
    try:
        import simplefix
    except ImportError:
        return None
    return simplefix


def _timed(measure: str, subject: str, work: Callable[[int], object]) -> Measure:
    for i in range(WARM):
        work(i)
    samples = []
    for i in range(SAMPLES):
        started = time.perf_counter_ns()
        work(i)
        samples.append(float(time.perf_counter_ns() - started))
    return measure_of_samples(measure, subject, "ns", samples)


def add_parsers(figures: Figures, messages: Sequence[str]) -> None:
    """One round of parsing; messages with SOH."""
    figures.add(_parsers(figures, messages))


def _parsers(figures: Figures, messages: Sequence[str]) -> Iterator[Measure]:
    if (simplefix := _simplefix_or_none()) is not None:
        raw = [message.encode() for message in messages]
        parser = simplefix.FixParser()

        def parse_simplefix(i: int) -> None:
            parser.append_buffer(raw[i % len(raw)])
            assert parser.get_message() is not None

        yield _timed("parse", SIMPLEFIX, parse_simplefix)
    else:
        figures.lacks("parse", SIMPLEFIX, "not installed (extra: sim)")

    if (quickfix := quickfix_or_none()) is not None:
        dictionary = quickfix.DataDictionary(str(ROOT / "fix_specs" / "FIX44.xml"))
        yield _timed("parse", QUICKFIX, lambda i: quickfix.Message(messages[i % len(messages)], True))
        yield _timed(
            "parse",
            QUICKFIX_DICTIONARY,
            lambda i: quickfix.Message(messages[i % len(messages)], dictionary, True),
        )
    else:
        figures.lacks("parse", QUICKFIX, "not installed (extra: interop)")


def add_encoders(figures: Figures) -> None:
    """One round of encoding the 13 fields of the core's NewOrderSingle."""
    figures.add(_encoders(figures))


def _encoders(figures: Figures) -> Iterator[Measure]:
    if (simplefix := _simplefix_or_none()) is not None:

        def encode_simplefix(i: int) -> None:
            message = simplefix.FixMessage()
            message.append_pair(8, "FIX.4.4")
            message.append_pair(35, "D")
            message.append_pair(34, i)
            message.append_pair(49, "GATEWAY")
            message.append_utc_timestamp(52)
            message.append_pair(56, "VENUE")
            message.append_pair(11, f"TI0A1B{i}")
            message.append_pair(38, 100 + i)
            message.append_pair(40, 2)
            message.append_pair(44, "101.25")
            message.append_pair(54, 1)
            message.append_pair(55, "INTC")
            message.append_pair(59, 0)
            message.append_utc_timestamp(60)
            assert message.encode()

        yield _timed("encode", SIMPLEFIX, encode_simplefix)
    else:
        figures.lacks("encode", SIMPLEFIX, "not installed (extra: sim)")

    if (quickfix := quickfix_or_none()) is not None:

        def encode_quickfix(i: int) -> None:
            message = quickfix.Message()
            header = message.getHeader()
            header.setField(quickfix.BeginString("FIX.4.4"))
            header.setField(quickfix.MsgType("D"))
            header.setField(quickfix.MsgSeqNum(i))
            header.setField(quickfix.SenderCompID("GATEWAY"))
            header.setField(quickfix.StringField(52, _utc_now()))
            header.setField(quickfix.TargetCompID("VENUE"))
            message.setField(quickfix.ClOrdID(f"TI0A1B{i}"))
            message.setField(quickfix.OrderQty(100 + i))
            message.setField(quickfix.OrdType("2"))
            message.setField(quickfix.Price(101.25))
            message.setField(quickfix.Side("1"))
            message.setField(quickfix.Symbol("INTC"))
            message.setField(quickfix.TimeInForce("0"))
            message.setField(quickfix.StringField(60, _utc_now()))
            assert message.toString()

        yield _timed("encode", QUICKFIX, encode_quickfix)
    else:
        figures.lacks("encode", QUICKFIX, "not installed (extra: interop)")


def _utc_now() -> str:
    return datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S.%f")[:-3]
