"""docs/denial-codes.md is made from the enum; both must say the same."""

import subprocess
import sys
from pathlib import Path

from gateway.v1 import types_pb2 as types

ROOT = Path(__file__).resolve().parents[3]
GENERATOR = ROOT / "proto/generate_denial_codes.py"


def test_denial_codes_page_agrees_with_its_generator() -> None:
    check = subprocess.run(
        [sys.executable, GENERATOR, "--check"], capture_output=True, text=True, check=False
    )
    assert check.returncode == 0, check.stderr


def test_denial_codes_page_lists_every_code_of_the_compiled_enum() -> None:
    rows = [line.split("|") for line in (ROOT / "docs/denial-codes.md").read_text().splitlines()]
    listed = {row[2].strip(" `"): int(row[1]) for row in rows if len(row) == 5 and row[1].strip().isdecimal()}
    compiled = {name.removeprefix("DENIAL_CODE_"): number for name, number in types.DenialCode.items()}
    assert listed == {name: number for name, number in compiled.items() if number}


def test_denial_codes_page_explains_every_code() -> None:
    rows = [line.split("|") for line in (ROOT / "docs/denial-codes.md").read_text().splitlines()]
    assert all(row[3].strip().endswith(".") for row in rows if len(row) == 5 and row[1].strip().isdecimal())
