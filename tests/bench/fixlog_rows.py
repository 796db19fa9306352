"""The row `fixlog`: what `gateway fixlog` scans a second, from a file of ExecutionReports in the page cache.

What is timed is the command's own loop without the start of Python: read a piece, find its messages, index their
fields, check their CheckSums, judge the filter. Nothing matches but one message in a thousand, as when one looks for
something; `fixlog_printed` and `fixlog_json` name and write every message. The yardstick is `grep -c` over the same
file: it looks at bytes and knows nothing of messages.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from gateway.cli.fix_message_text import SECRET_TAGS, show, text_of
from gateway.cli.fix_names import Dictionaries
from gateway.cli.fix_source import Source
from gateway.core import FixLogOrders, FixLogScan, encode_message
from tests.bench.core_rows import Options
from tests.bench.measures import GATEWAY, Figures, Measure

__all__ = ["FIXLOG_ROWS", "write_log"]

GREP = "grep -c"


def write_log(path: Path, messages: int) -> None:
    """Write a log as QuickFIX does: ExecutionReports of about 210 bytes, every thousandth a rejection."""
    with path.open("wb") as file:
        for i in range(messages):
            status = b"8" if i % 1_000 == 0 else b"0"
            fields = [
                (49, b"VENUE"), (56, b"GATEWAY"), (34, b"%d" % (i + 1)), (52, b"20261121-10:00:00.123"),
                (37, b"V%08d" % i), (11, b"C%08d" % i), (17, b"E%08d" % i), (150, status), (39, status),
                (1, b"ACCOUNT"), (55, b"AAPL"), (54, b"1"), (38, b"100"), (40, b"2"), (44, b"190.25"),
                (14, b"0"), (151, b"100"), (6, b"0"), (60, b"20261121-10:00:00.120"),
            ]  # fmt: skip
            file.write(b"20261121-10:00:00.123456 : " + encode_message("FIX.4.4", "8", fields) + b"\n")


def _measure(figures: Figures, options: Options) -> None:
    messages = 2_000_000 if options.full else 400_000
    folder = Path(tempfile.mkdtemp(dir=options.directory, prefix="bench-fixlog-"))
    try:
        path = folder / "messages.log"
        write_log(path, messages)
        for turn in range(options.rounds + 1):
            found = [
                _rate("fixlog", GATEWAY, messages, lambda: _scan(path, [([39], "=", ["8"])])),
                _rate("fixlog_order", GATEWAY, messages, lambda: _follow(path, "C00000007")),
                _rate(
                    "fixlog_stat", GATEWAY, messages, lambda: _scan(path, [], [[35], [49, 56], [39], [150]])
                ),
            ]
            for measure, form in (("fixlog_printed", "line"), ("fixlog_json", "json")):
                found.append(_rate(measure, GATEWAY, messages, lambda form=form: _show(path, form)))
            if shutil.which("grep"):
                found.append(_rate("fixlog", GREP, messages, lambda: _grep(path)))
            else:
                figures.lacks("fixlog", GREP, "not installed")
            if turn:  # the first one warms
                figures.add(found)
    finally:
        shutil.rmtree(folder)


def _rate(measure: str, subject: str, messages: int, work: Callable[[], object]) -> Measure:
    started = time.perf_counter_ns()
    work()
    seconds = (time.perf_counter_ns() - started) / 1e9
    return Measure(measure, subject, "messages/s", messages / seconds)


def _scan(
    path: Path,
    conditions: Sequence[tuple[Sequence[int], str, Sequence[str]]],
    groups: Sequence[Sequence[int]] = (),
) -> int:
    scan = FixLogScan(conditions, groups=groups, collects=not groups)
    found = sum(len(scan.feed(piece)) for piece in Source(path).chunks())
    return found + len(scan.feed(b"", at_end=True))


def _show(path: Path, form: str) -> None:
    text = text_of(form, Dictionaries(), colored=False, is_journal=False, secrets=SECRET_TAGS)
    with Path(os.devnull).open("wb") as out:
        for shown in show(FixLogScan(), Source(path).chunks(), text):
            out.write(shown)


def _follow(path: Path, order: str) -> int:
    """Both passes that `--order` takes."""
    orders = FixLogOrders()
    orders.want(order)
    found = 0
    for collects in (False, True):
        scan = FixLogScan(orders=orders, collects=collects)
        for piece in Source(path).chunks():
            found += len(scan.feed(piece))
        orders.complete()
    return found


def _grep(path: Path) -> None:
    subprocess.run(["grep", "-ac", "\x0139=8\x01", str(path)], stdout=subprocess.DEVNULL, check=False)


FIXLOG_ROWS: Mapping[str, tuple[Callable[[Figures, Options], None], frozenset[str]]] = {
    "fixlog": (_measure, frozenset({"fixlog"})),
}
