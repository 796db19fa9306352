"""What `gateway fixlog --stat` shows: how many messages of what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.cli.fix_message_text import BLANK
from gateway.cli.fix_names import VersionNames
from gateway.cli.output import print_json, print_table
from gateway.core import FixLogScan

__all__ = ["GROUPS", "show_stat"]

GROUPS: list[list[int]] = [[35], [49, 56], [39], [150], [103], [102]]
"""MsgType, SenderCompID and TargetCompID, OrdStatus, ExecType, OrdRejReason, CxlRejReason."""

_SHOWN_MAX = 50


def show_stat(
    scan: FixLogScan,
    groups: Sequence[Sequence[int]],
    names: VersionNames,
    as_json: bool,
    secrets: frozenset[int],
) -> None:
    """Print counts: of all messages, and of the matches by each group of fields; values of `secrets` are blanked."""
    counted = [
        (_title(group, names), _rows(group, counts, names, secrets))
        for group, counts in zip(groups, scan.counts(), strict=True)
    ]
    if as_json:
        print_json(
            {
                "bytes": scan.bytes,
                "messages": scan.messages,
                "matched": scan.matched,
                "cut_off": scan.cut,
                "wrong_check_sums": scan.wrong_check_sums,
                "first_time": scan.first_time,
                "last_time": scan.last_time,
                "counts": [
                    {
                        "by": title,
                        "values": [
                            {"value": value, "meaning": meaning, "count": count}
                            for value, meaning, count in rows
                        ],
                    }
                    for title, rows in counted
                ],
            }
        )
        return
    print(
        f"{scan.messages:,} messages in {scan.bytes:,} bytes, {scan.matched:,} match,"
        f" {scan.cut:,} cut off, {scan.wrong_check_sums:,} with a wrong CheckSum"
    )
    if scan.first_time:
        print(f"from {scan.first_time} to {scan.last_time} (SendingTime of the first and the last)")
    for title, rows in counted:
        shown: list[Sequence[str]] = [
            (value, meaning, f"{count:,}") for value, meaning, count in rows[:_SHOWN_MAX]
        ]
        if len(rows) > _SHOWN_MAX:
            left = sum(count for _, _, count in rows[_SHOWN_MAX:])
            shown.append((f"{len(rows) - _SHOWN_MAX} more", "", f"{left:,}"))
        if shown:
            print_table((title, "", ">count"), shown, empty="")


def _title(group: Sequence[int], names: VersionNames) -> str:
    return ", ".join(names.fields.get(tag, str(tag)) for tag in group)


def _rows(
    group: Sequence[int], counts: dict[bytes, int], names: VersionNames, secrets: frozenset[int]
) -> list[tuple[str, str, int]]:
    """Value, its meaning, count; the most frequent first."""
    rows = []
    for key, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[: 100 * _SHOWN_MAX]:
        values = [part.decode("utf-8", "backslashreplace") for part in key.split(b"\x01")[1:]]
        values = [BLANK if tag in secrets else value for tag, value in zip(group, values, strict=True)]
        meanings: list[Any] = [names.value(tag, value) for tag, value in zip(group, values, strict=True)]
        rows.append((" → ".join(values), ", ".join(filter(None, meanings)), count))
    return rows
