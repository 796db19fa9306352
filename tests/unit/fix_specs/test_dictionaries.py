"""Compiling dictionaries: what is refused and how it is said, the cache, the bundled files."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.config.dictionaries import (
    DictionaryError,
    bundled_dictionary,
    bundled_names,
    compile_dictionary,
    load_dictionary,
)
from gateway.config.dictionary_blob import is_intact

ROOT = Path(__file__).resolve().parents[3]

SMALL = """<fix type='FIX' major='4' minor='4' servicepack='0'>
<header><field name='MsgType' required='Y' /></header>
<messages>
<message name='NewOrderSingle' msgtype='D' msgcat='app'>
<field name='Side' required='Y' />
<group name='NoAllocs' required='N'>
<field name='AllocAccount' required='Y' />
</group>
<component name='Route' required='N' />
</message>
</messages>
<trailer><field name='CheckSum' required='Y' /></trailer>
<components>
<component name='Route'><field name='ExDestination' required='N' /></component>
</components>
<fields>
<field number='10' name='CheckSum' type='STRING' />
<field number='35' name='MsgType' type='STRING' />
<field number='54' name='Side' type='CHAR'><value enum='1' description='BUY' /></field>
<field number='78' name='NoAllocs' type='NUMINGROUP' />
<field number='79' name='AllocAccount' type='STRING' />
<field number='100' name='ExDestination' type='EXCHANGE' />
</fields>
</fix>
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "broker.xml"
    path.write_text(text, encoding="utf-8")
    return path


def test_bundled_names_are_all_versions() -> None:
    versions = ["FIX40", "FIX41", "FIX42", "FIX43", "FIX44", "FIX50", "FIX50SP1", "FIX50SP2", "FIXT11"]
    assert bundled_names() == versions


@pytest.mark.parametrize("name", bundled_names())
def test_compile_bundled_dictionary_gives_intact_blob(name: str) -> None:
    assert is_intact(compile_dictionary(bundled_dictionary(name)))


@pytest.mark.parametrize("name", ["FIX.4.4", "FIX.5.0SP2", "FIXT.1.1"])
def test_bundled_dictionary_name_of_the_wire_is_known(name: str) -> None:
    assert bundled_dictionary(name) == bundled_dictionary(name.replace(".", ""))


def test_bundled_dictionary_unknown_name_lists_the_known() -> None:
    with pytest.raises(DictionaryError, match=r"FIX44.*was 'FIX45'; choose one"):
        bundled_dictionary("FIX45")


def test_bundled_names_in_an_installed_package_are_found(tmp_path: Path) -> None:
    """A wheel has no checkout around it: the files lie inside the package."""
    package = tmp_path / "gateway"
    shutil.copytree(ROOT / "gateway" / "config", package / "config")
    (package / "__init__.py").touch()
    (package / "fix_specs").mkdir()
    shutil.copy(ROOT / "fix_specs" / "FIX44.xml", package / "fix_specs")
    # An editable install finds the checkout before the current folder; an installed package does not have that finder.
    code = (
        "import sys; sys.meta_path = [f for f in sys.meta_path if 'ScikitBuild' not in type(f).__name__]\n"
        "from gateway.config.dictionaries import *; print(bundled_names(), bundled_dictionary('FIX44'))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == f"['FIX44'] {package / 'fix_specs' / 'FIX44.xml'}"


def test_compile_same_file_gives_same_bytes(tmp_path: Path) -> None:
    path = write(tmp_path, SMALL)
    assert compile_dictionary(path) == compile_dictionary(path)


def test_compile_missing_file_names_the_path(tmp_path: Path) -> None:
    with pytest.raises(DictionaryError, match=r"absent\.xml\); correct the path"):
        compile_dictionary(tmp_path / "absent.xml")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("</fix>", "", r"broker\.xml:25: expected well-formed XML"),
        (
            "<fix type='FIX'",
            "<fox type='FIX'",
            r"broker\.xml:24: expected well-formed XML, but mismatched tag",
        ),
        ("type='FIX' major", "type='FAX' major", r"broker\.xml:1: expected type 'FIX' or 'FIXT'.*'FAX'"),
        ("major='4'", "major='x'", r"broker\.xml:1: expected major from 1 to 9 in <fix>, was 'x'"),
        ("<field name='Side' required='Y' />", "<field name='Side' />", r"broker\.xml:5: .*'required'.*add"),
        ("name='Side' required='Y'", "name='Side' required='X'", r"broker\.xml:5: expected required='Y'"),
        ("name='Side' required='Y'", "name='Sides' required='Y'", r"broker\.xml:5: field Sides.*not defined"),
        ("<field name='AllocAccount' required='Y' />", "", r"broker\.xml:6: .*members in the group NoAllocs"),
        ("component name='Route' req", "component name='Rout' req", r"broker\.xml:9: component Rout is used"),
        ("msgcat='app'", "msgcat='apps'", r"broker\.xml:4: expected msgcat='admin' or msgcat='app'"),
        ("msgtype='D'", "msgtype=''", r"broker\.xml:4: expected a msgtype of 1 to 8 bytes, was ''"),
        ("number='78'", "number='0'", r"broker\.xml:20: expected number from 1 to 2147483647"),
        ("number='78'", "number='79'", r"broker\.xml:21: tag 79 is already defined as NoAllocs at .*:20"),
        ("name='AllocAccount' type", "name='Side' type", r"broker\.xml:21: field Side is already.*:19"),
        ("type='EXCHANGE'", "type='EXCHANG'", r"broker\.xml:22: expected a known type.*'EXCHANG'; use one"),
        ("type='EXCHANGE'", "type='DATA'", r"broker\.xml:22: expected a LENGTH field named ExDestinationLen"),
        ("<trailer><field name='CheckSum' required='Y' /></trailer>", "", "expected a <trailer> section"),
        (
            "<field name='ExDestination' required='N' />",
            "<component name='Route' required='N' />",
            r"broker\.xml:14: component Route contains itself \(Route > Route\)",
        ),
        ("<fix type", "<!DOCTYPE fix [<!ENTITY a 'b'>]><fix type", r"broker\.xml:1: expected no entity"),
    ],
)
def test_compile_faulty_file_says_where_and_what_to_do(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert SMALL.count(old) == 1
    with pytest.raises(DictionaryError, match=expected):
        compile_dictionary(write(tmp_path, SMALL.replace(old, new)))


def test_compile_message_defined_twice_names_the_first(tmp_path: Path) -> None:
    twice = SMALL.replace("</messages>", "<message name='Other' msgtype='D' msgcat='app' />\n</messages>")
    with pytest.raises(DictionaryError, match=r"broker\.xml:11: message type 'D' is already defined at .*:4"):
        compile_dictionary(write(tmp_path, twice))


def test_compile_groups_without_end_are_refused(tmp_path: Path) -> None:
    depth = 20
    nested = "<group name='NoAllocs' required='N'>" * depth + "</group>" * depth
    deep = SMALL.replace("<component name='Route' required='N' />", nested)
    with pytest.raises(DictionaryError, match="expected groups at most 16 deep"):
        compile_dictionary(write(tmp_path, deep))


def test_load_second_time_reads_the_cache(tmp_path: Path) -> None:
    path = write(tmp_path, SMALL)
    cache = tmp_path / "cache"
    first = load_dictionary(path, cache)
    (entry,) = cache.iterdir()
    written = entry.stat().st_mtime_ns
    assert load_dictionary(path, cache) == first == compile_dictionary(path)
    assert [e.stat().st_mtime_ns for e in cache.iterdir()] == [written]


def test_load_changed_file_does_not_meet_the_stale_entry(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    first = load_dictionary(write(tmp_path, SMALL), cache)
    second = load_dictionary(write(tmp_path, SMALL.replace("enum='1'", "enum='2'")), cache)
    assert first != second
    assert len(list(cache.iterdir())) == 2


@pytest.mark.parametrize("damage", [b"", b"short", None])
def test_load_damaged_entry_is_compiled_again(tmp_path: Path, damage: bytes | None) -> None:
    path = write(tmp_path, SMALL)
    cache = tmp_path / "cache"
    good = load_dictionary(path, cache)
    (entry,) = cache.iterdir()
    entry.write_bytes(good[:-1] + bytes([good[-1] ^ 1]) if damage is None else damage)
    assert load_dictionary(path, cache) == good
    assert entry.read_bytes() == good


def test_load_faulty_file_leaves_no_cache_entry(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with pytest.raises(DictionaryError):
        load_dictionary(write(tmp_path, "<fix"), cache)
    assert not cache.exists()
