"""Quantities and identifiers of FIX 4.0 and 4.1: as published, and as they are sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.dictionaries import bundled_dictionary, compile_dictionary, load_dictionary
from gateway.config.dictionary_xml import parse_dictionary
from gateway.config.old_types import IDENTIFIERS, QUANTITIES, widen_old_types


@pytest.mark.parametrize("version", ["FIX.4.0", "FIX.4.1"])
def test_old_types_are_those_of_the_next_version(version: str) -> None:
    path, next_path = bundled_dictionary(version), bundled_dictionary("FIX.4.2")
    model, later = (
        parse_dictionary(path.read_bytes(), path),
        parse_dictionary(next_path.read_bytes(), next_path),
    )
    widen_old_types(model)
    for name in (*QUANTITIES, *IDENTIFIERS):
        if name in model.fields and name in later.fields:
            kinds = {"CHAR": "STRING"}
            assert kinds.get(model.fields[name].type, model.fields[name].type) == later.fields[name].type, (
                name
            )


def test_old_types_of_later_versions_are_left_alone() -> None:
    for version in ("FIX.4.2", "FIX.4.4"):
        path = bundled_dictionary(version)
        assert compile_dictionary(path, strict_types=False) == compile_dictionary(path)


def test_old_types_have_cache_entries_of_their_own(tmp_path: Path) -> None:
    path = bundled_dictionary("FIX.4.0")
    strict = load_dictionary(path, tmp_path)
    assert load_dictionary(path, tmp_path, strict_types=False) != strict
    assert load_dictionary(path, tmp_path) == strict
