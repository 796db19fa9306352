"""Acceptance definitions of one FIX version rewritten for another.

    python -m tests.conformance.runner --definitions DIR --variants

A folder of definitions for some versions says what the others are to do as well, once what differs between them is
rewritten: BeginString, CompIDs, DefaultApplVerID, and a table of rules for each version. Before FIX 4.2 there are no
RefTagID(371), RefMsgType(372), SessionRejectReason(373) and no BusinessMessageReject(j), an order has OrderQty(38) and
no TransactTime(60), times have whole seconds, and an open range ends at 999999; FIX 4.0 has no location ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

__all__ = ["VARIANTS", "Variant", "write_variants"]

SOH = "\x01"
WHOLE_SECONDS = "00000000-00:00:00"
MILLISECONDS = "00000000-00:00:00.000"

Fields: TypeAlias = list[tuple[str, str]]
Rule: TypeAlias = Callable[[str, Fields], Fields]
"""Takes the letter of an action (`I` we send, `E` we expect) and the fields of its message, and rewrites them."""


@dataclass(frozen=True)
class Variant:
    """One version that is made from another's definitions."""

    folder: str
    source: str
    begin_string: str
    comp_id: str
    source_comp_id: str
    rules: tuple[Rule, ...] = ()
    skipped: tuple[str, ...] = ()
    """Beginnings of the names of files that mean nothing in this version."""


def _get(fields: Fields, tag: str) -> str | None:
    return next((value for name, value in fields if name == tag), None)


def _without(fields: Fields, *tags: str) -> Fields:
    return [field for field in fields if field[0] not in tags]


def _replace(fields: Fields, tag: str, value: str) -> Fields:
    return [(name, value if name == tag else old) for name, old in fields]


def _times(ours: str) -> Rule:
    """Expect times of this length from us, and TransactTime(60) as it was sent: lengths are compared."""

    def rewrite(kind: str, fields: Fields) -> Fields:
        if kind == "E":
            for tag in ("52", "122"):
                fields = _replace(fields, tag, ours)
            fields = _replace(fields, "60", WHOLE_SECONDS)
        return fields

    return rewrite


def _open_range(kind: str, fields: Fields) -> Fields:
    del kind
    return _replace(fields, "16", "999999") if _get(fields, "16") == "0" else fields


def _old_order(kind: str, fields: Fields) -> Fields:
    """Give an order OrderQty(38), and take TransactTime(60) from it where it is not one that is rejected anyway."""
    if _get(fields, "35") != "D":
        return fields
    if _get(fields, "167") == "BOO":  # no SecurityType(167) yet: another value that is none
        fields = _replace(_without(fields, "167"), "54", "w")
    fields = _without(fields, "167")
    if _get(fields, "38") == "002000.00":  # a whole number yet
        fields = _replace(fields, "38", "002000")
    rejected = {_get(fields, "40"), _get(fields, "54"), _get(fields, "21")} & {"w", "4"}
    if _get(fields, "55") and not rejected:
        fields = _without(fields, "60")
    if _get(fields, "38") is None and _get(fields, "21") is not None:
        at = [name for name, _ in fields].index("21") + 1
        fields = [*fields[:at], ("38", "100"), *fields[at:]]
    return fields


def _old_report(kind: str, fields: Fields) -> Fields:
    if kind != "I" or _get(fields, "35") != "8":
        return fields
    if _get(fields, "8") == "FIX.4.0":
        fields = _without(fields, "150", "151")
    fields = _replace(fields, "17", "1")  # a whole number yet
    return [*fields, ("11", "id"), ("31", "10.5"), ("32", "100"), ("38", "100")]


def _old_reject(kind: str, fields: Fields) -> Fields:
    if kind != "E" or _get(fields, "35") not in ("3", "j"):
        return fields
    tag = _get(fields, "371")
    text = _get(fields, "58") or ""
    if _get(fields, "35") == "j":
        fields, text = _replace(fields, "35", "3"), "Unsupported message type"
    if tag == "167":
        tag = "54"
    if tag is not None:
        text += f" ({tag})"
    return _replace(_without(fields, "371", "372", "373", "380"), "58", text)


def _no_locations(kind: str, fields: Fields) -> Fields:
    """Expect that a location id is refused as a tag that is none: what comes back mirrors what was sent."""
    if kind != "E":
        return fields
    for tag, sent in (("144", "145"), ("145", "144")):
        if _get(fields, tag) is not None:
            fields = _replace(_without(fields, tag), "58", f"Invalid tag number ({sent})")
    return fields


def _appl_ver_id(value: str) -> Rule:
    return lambda _, fields: _replace(fields, "1137", value)


def _session_of_definition(kind: str, fields: Fields) -> Fields:
    """TradingSessionID(336) of a SecurityDefinition(d), which FIX 5.0 still has."""
    del kind
    if _get(fields, "35") != "d":
        return fields
    at = [name for name, _ in fields].index("454")
    return [*fields[:at], ("336", "ONE_MAIN"), *fields[at:]]


OLD: tuple[Rule, ...] = (_times(WHOLE_SECONDS), _open_range, _old_order, _old_report, _old_reject)

VARIANTS = (
    Variant("fix40", "fix42", "FIX.4.0", "TW40", "TW42", (*OLD, _no_locations), ("14i", "21_")),
    Variant("fix41", "fix42", "FIX.4.1", "TW41", "TW42", OLD, ("14i", "21_")),
    Variant("fix43", "fix44", "FIX.4.3", "TW43", "TW44", (_times(MILLISECONDS),)),
    Variant("fix50", "fix50sp2", "FIXT.1.1", "TW50", "TW50SP2",
            (_times(MILLISECONDS), _appl_ver_id("7"), _session_of_definition)),
    Variant("fix50sp1", "fix50sp2", "FIXT.1.1", "TW50SP1", "TW50SP2", (_times(MILLISECONDS), _appl_ver_id("8"))),
    Variant("values", "fix44", "FIX.4.4", "TW", "TW44", (_times(MILLISECONDS),)),
    Variant("novalues", "fix44", "FIX.4.4", "NO_CHECK_FIELDS_HAVE_VALUES", "TW44", (_times(MILLISECONDS),),
            ("14d", "ReverseRouteWithEmpty", "2m")),
)  # fmt: skip


def _split(text: str) -> Fields:
    """Split into fields; what is no field is one without a tag."""
    pairs = (field.partition("=") for field in text.rstrip("\r\n").removesuffix(SOH).split(SOH))
    return [(tag, value) if equals else ("", tag) for tag, equals, value in pairs]


def _join(fields: Fields) -> str:
    return "".join(f"{tag}={value}{SOH}" if tag else f"{value}{SOH}" for tag, value in fields)


def _rewrite(variant: Variant, line: str, source_begin_string: str) -> str:
    head = line[:3] if line[1:3] in ("1,", "2,", "3,") else line[:1]
    if head[:1] not in ("I", "E") or SOH not in line:
        return line
    fields = _split(line[len(head) :])
    begin_string = _get(fields, "8")
    if begin_string == source_begin_string:
        fields = _replace(fields, "8", variant.begin_string)
    elif begin_string == variant.begin_string:  # meant to be another version's
        fields = _replace(fields, "8", source_begin_string)
    for tag in ("49", "56", "4garbled9", "49garbled"):
        if _get(fields, tag) == variant.source_comp_id:
            fields = _replace(fields, tag, variant.comp_id)
    if head[0] == "E":
        fields = _without(fields, "9")  # its own length follows
    for rule in variant.rules:
        fields = rule(head[0], fields)
    return head + _join(fields)


def _rewrite_file(variant: Variant, path: Path) -> Iterator[str]:
    lines = path.read_text(encoding="latin-1").splitlines()
    begin_string = "FIXT.1.1" if variant.begin_string == "FIXT.1.1" else f"FIX.4.{variant.source[-1]}"
    for line in lines:
        yield _rewrite(variant, line, begin_string)


def write_variants(definitions: Path, into: Path) -> int:
    """Write every variant whose source is there and that is not there itself; return the number of files."""
    count = 0
    for variant in VARIANTS:
        source = definitions / variant.source
        if not source.is_dir() or (definitions / variant.folder).exists():
            continue
        folder = into / variant.folder
        folder.mkdir()
        for path in sorted(source.glob("*.def")):
            if path.name.startswith(variant.skipped or ("/",)):
                continue
            text = "\n".join(_rewrite_file(variant, path)) + "\n"
            (folder / path.name).write_text(text, encoding="latin-1")
            count += 1
    return count
