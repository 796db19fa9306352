"""Write the FIX dictionaries of this folder from published facts.

    python fix_specs/generate.py --sources DIR [--output DIR] [--only FIX44 ...] [--check]

DIR holds `orchestra/` (Orchestra files of the FIX Trading Community) and `quickfix/` (QuickFIX data
dictionaries); see README.md for where they come from and for the rules where they disagree. With --check
nothing is written: the exit code is 1 if a committed dictionary differs from what the sources give.
"""

from __future__ import annotations

import argparse
import difflib
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

from generator.facts import SourceError
from generator.merge import merge
from generator.orchestra import read_orchestra
from generator.quickfix_facts import read_quickfix
from generator.writer import render


@dataclass(frozen=True)
class Version:
    name: str
    numbers: tuple[str, int, int, int]
    orchestra: str | None = None


VERSIONS = (
    Version("FIX40", ("FIX", 4, 0, 0)),
    Version("FIX41", ("FIX", 4, 1, 0)),
    Version("FIX42", ("FIX", 4, 2, 0), "OrchestraFIX42.xml"),
    Version("FIX43", ("FIX", 4, 3, 0)),
    Version("FIX44", ("FIX", 4, 4, 0), "OrchestraFIX44.xml"),
    Version("FIX50", ("FIX", 5, 0, 0)),
    Version("FIX50SP1", ("FIX", 5, 0, 1)),
    Version("FIX50SP2", ("FIX", 5, 0, 2)),
    Version("FIXT11", ("FIXT", 1, 1, 0), "FIXTSession.xml"),
)
DIFF_LINES_MAX = 20


def build(version: Version, sources: Path) -> str:
    """Render one dictionary. Raises SourceError or OSError when the sources do not give it."""
    deployed = read_quickfix(sources / "quickfix" / f"{version.name}.xml")
    found = (deployed.kind, deployed.major, deployed.minor, deployed.service_pack)
    if found != version.numbers:
        raise SourceError(f"quickfix/{version.name}.xml: expected version {version.numbers}, was {found}")
    if version.orchestra is None:
        return render(deployed, [f"quickfix/{version.name}.xml"])
    base = read_orchestra(sources / "orchestra" / version.orchestra, version.numbers)
    return render(merge(base, deployed), [f"orchestra/{version.orchestra}", f"quickfix/{version.name}.xml"])


def difference(path: Path, expected: str) -> list[str]:
    """Summarise how the file at `path` differs from `expected`; empty if it does not."""
    if not path.exists():
        return [f"{path}: missing; run without --check and commit the file"]
    actual = path.read_text(encoding="utf-8")
    if actual == expected:
        return []
    lines = list(
        difflib.unified_diff(
            actual.splitlines(), expected.splitlines(), "committed", "generated", n=0, lineterm=""
        )
    )
    summary = [f"{path}: differs from the sources; run without --check, review and commit", *lines]
    if len(summary) > DIFF_LINES_MAX:
        summary = [
            *summary[:DIFF_LINES_MAX],
            f"... and {len(lines) - DIFF_LINES_MAX + 1} more lines of difference",
        ]
    return summary


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the FIX dictionaries from published facts.")
    parser.add_argument("--sources", type=Path, required=True, help="folder with orchestra/ and quickfix/")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent, help="default: this folder")
    parser.add_argument("--only", nargs="+", choices=[v.name for v in VERSIONS], help="default: all versions")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 on a difference")
    options = parser.parse_args(arguments)

    failed = False
    for version in VERSIONS:
        if options.only and version.name not in options.only:
            continue
        path = options.output / f"{version.name}.xml"
        try:
            text = build(version, options.sources)
        except (SourceError, OSError, ET.ParseError) as error:
            print(f"{version.name}: {error}", file=sys.stderr)
            print(f"{version.name}: not generated; see fix_specs/README.md for the sources", file=sys.stderr)
            failed = True
            continue
        if options.check:
            summary = difference(path, text)
            failed = failed or bool(summary)
            print("\n".join(summary) if summary else f"{path}: up to date")
        else:
            options.output.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"{path}: written")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
