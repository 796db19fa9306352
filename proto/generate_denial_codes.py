"""Write docs/denial-codes.md from the enum DenialCode and its comments, which are its only source.

With --check nothing is written, and the exit code is 1 where the page differs.
"""

import argparse
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TYPES = ROOT / "proto/gateway/v1/types.proto"
PAGE = ROOT / "docs/denial-codes.md"

_HEADER = """\
# Denial codes

Why the gateway refuses a command. *Denied* is the gateway, *rejected* is the venue: a denied order was never
sent. Codes are stable: they are never renumbered and never reused. A denial also names the limit or field
that refused, the level it belongs to, what was observed and what would have been allowed (message `Denial`).

This page is made from `DenialCode` in [types.proto](../proto/gateway/v1/types.proto) by
`python proto/generate_denial_codes.py`.

| number | code | meaning |
|---|---|---|
"""


def read_codes(proto: str) -> list[tuple[int, str, str]]:
    """Get number, name and comment of every value of DenialCode, in the order of the file."""
    block = re.search(r"^enum DenialCode \{\n(.*?)^\}", proto, re.MULTILINE | re.DOTALL)
    if block is None:
        raise ValueError(f"expected `enum DenialCode` in {TYPES}, was none; did it move?")
    codes: list[tuple[int, str, str]] = []
    comment: list[str] = []
    for line in map(str.strip, block.group(1).splitlines()):
        if line.startswith("//"):
            comment.append(line.removeprefix("//").strip())
        elif value := re.fullmatch(r"DENIAL_CODE_(\w+) = (\d+);", line):
            codes.append((int(value[2]), value[1], " ".join(comment)))
            comment = []
        elif line:
            raise ValueError(f"expected a comment or a value of DenialCode, was {line!r} ({TYPES})")
    return codes


def render(codes: list[tuple[int, str, str]]) -> str:
    """Write the page."""
    rows = (f"| {number} | `{name}` | {comment} |\n" for number, name, comment in codes if number)
    return _HEADER + "".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    check = parser.parse_args().check
    page = render(read_codes(TYPES.read_text()))
    if not check:
        PAGE.write_text(page)
        return 0
    if PAGE.exists() and PAGE.read_text() == page:
        return 0
    print(f"{PAGE} differs from {TYPES}; run `python proto/generate_denial_codes.py`", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
