"""QuickFIX itself loads every bundled dictionary: the proof that the format is its format."""

from __future__ import annotations

from pathlib import Path

import pytest

SPECS = Path(__file__).resolve().parents[3] / "fix_specs"


@pytest.mark.interop
@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("FIX40", "FIX.4.0"),
        ("FIX41", "FIX.4.1"),
        ("FIX42", "FIX.4.2"),
        ("FIX43", "FIX.4.3"),
        ("FIX44", "FIX.4.4"),
        ("FIX50", "FIX.5.0"),
        ("FIX50SP1", "FIX.5.0"),
        ("FIX50SP2", "FIX.5.0"),
        ("FIXT11", "FIXT.1.1"),
    ],
)
def test_dictionary_loaded_by_quickfix_has_version(name: str, version: str) -> None:
    import quickfix

    assert quickfix.DataDictionary(str(SPECS / f"{name}.xml")).getVersion() == version
