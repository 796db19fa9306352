"""The generator, run as a user runs it, on sources small enough to read."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

QUICKFIX = """
<fix type='FIX' major='4' minor='4' servicepack='0'>
 <header><field name='MsgType' required='Y' /></header>
 <messages>
  <message name='NewOrderSingle' msgtype='D' msgcat='app'>
   <field name='Side' required='N' />
   <group name='NoAllocs' required='N'><field name='AllocAccount' required='N' /></group>
  </message>
 </messages>
 <trailer><field name='CheckSum' required='Y' /></trailer>
 <fields>
  <field number='10' name='CheckSum' type='STRING' />
  <field number='35' name='MsgType' type='STRING' />
  <field number='54' name='Side' type='CHAR'><value enum='1' description='BUY' /></field>
  <field number='78' name='NoAllocs' type='NUMINGROUP' />
  <field number='79' name='AllocAccount' type='STRING' />
  <field number='661' name='AllocAcctIDSource' type='INT' />
 </fields>
</fix>
"""

ORCHESTRA = """
<r:repository xmlns:r="http://fixprotocol.io/2020/orchestra/repository" name="FIX.4.4">
 <r:codeSets>
  <r:codeSet name="SideCodeSet" type="char">
   <r:code name="Buy" value="1"><r:annotation>prose that must not be copied</r:annotation></r:code>
   <r:code name="SellShortExempt" value="6" />
  </r:codeSet>
  <r:codeSet name="SourceCodeSet" type="int"><r:code name="BIC" value="1" /></r:codeSet>
 </r:codeSets>
 <r:fields>
  <r:field id="10" name="CheckSum" type="String" /><r:field id="35" name="MsgType" type="String" />
  <r:field id="54" name="OrderSide" type="SideCodeSet" /><r:field id="78" name="NoAllocs" type="NumInGroup" />
  <r:field id="79" name="AllocAccount" type="String" />
  <r:field id="661" name="AllocAcctIDSource" type="SourceCodeSet" />
 </r:fields>
 <r:components>
  <r:component id="1" name="StandardHeader"><r:fieldRef id="35" presence="required" /></r:component>
  <r:component id="2" name="StandardTrailer"><r:fieldRef id="10" presence="required" /></r:component>
 </r:components>
 <r:groups>
  <r:group id="3" name="AllocGrp">
   <r:numInGroup id="78" /><r:fieldRef id="79" /><r:fieldRef id="661" />
  </r:group>
 </r:groups>
 <r:messages>
  <r:message name="OrderSingle" msgType="D" category="Single"><r:structure>
   <r:componentRef id="1" presence="required" />
   <r:fieldRef id="54" presence="required" /><r:groupRef id="3" presence="required" />
   <r:componentRef id="2" presence="required" />
  </r:structure></r:message>
 </r:messages>
</r:repository>
"""


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "sources"
    for name, text in (("quickfix/FIX44.xml", QUICKFIX), ("orchestra/OrchestraFIX44.xml", ORCHESTRA)):
        path = folder / name
        path.parent.mkdir(parents=True)
        path.write_text(text.strip(), encoding="utf-8")
    return folder


def generate(sources: Path, output: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = ROOT / "fix_specs" / "generate.py"
    command = [sys.executable, str(script), "--sources", str(sources), "--output", str(output)]
    return subprocess.run(
        [*command, "--only", "FIX44", *arguments], capture_output=True, text=True, check=False
    )


def generated(sources: Path, output: Path) -> ET.Element:
    result = generate(sources, output)
    assert result.returncode == 0, result.stderr
    return ET.parse(output / "FIX44.xml").getroot()


def values(root: ET.Element, field: str) -> dict[str | None, str | None]:
    return {v.get("enum"): v.get("description") for v in root.findall(f"fields/field[@name='{field}']/value")}


def test_generate_sources_differ_in_enumeration_takes_union(sources: Path, tmp_path: Path) -> None:
    assert values(generated(sources, tmp_path), "Side") == {"1": "BUY", "6": "SELL_SHORT_EXEMPT"}


def test_generate_one_source_leaves_enumeration_open_stays_open(sources: Path, tmp_path: Path) -> None:
    assert values(generated(sources, tmp_path), "AllocAcctIDSource") == {}


def test_generate_sources_differ_in_required_relaxes(sources: Path, tmp_path: Path) -> None:
    root = generated(sources, tmp_path)
    members = {m.get("name"): m.get("required") for m in root.findall("messages/message/*")}
    assert members == {"Side": "N", "AllocGrp": "N"}


def test_generate_sources_differ_in_names_takes_deployed_names(sources: Path, tmp_path: Path) -> None:
    root = generated(sources, tmp_path)
    assert [m.get("name") for m in root.findall("messages/message")] == ["NewOrderSingle"]
    assert root.find("fields/field[@number='54']").get("name") == "Side"  # type: ignore[union-attr] # present


def test_generate_orchestra_group_becomes_component_with_its_members(sources: Path, tmp_path: Path) -> None:
    group = generated(sources, tmp_path).find(
        "components/component[@name='AllocGrp']/group[@name='NoAllocs']"
    )
    assert group is not None
    assert [m.get("name") for m in group] == ["AllocAccount", "AllocAcctIDSource"]


def test_generate_annotations_are_not_copied(sources: Path, tmp_path: Path) -> None:
    generate(sources, tmp_path)
    assert "prose" not in (tmp_path / "FIX44.xml").read_text(encoding="utf-8")


def test_generate_twice_gives_same_bytes(sources: Path, tmp_path: Path) -> None:
    generate(sources, tmp_path / "one")
    generate(sources, tmp_path / "two")
    assert (tmp_path / "one/FIX44.xml").read_bytes() == (tmp_path / "two/FIX44.xml").read_bytes()


def test_check_unchanged_file_succeeds(sources: Path, tmp_path: Path) -> None:
    generate(sources, tmp_path)
    assert generate(sources, tmp_path, "--check").returncode == 0


def test_check_changed_file_fails_and_says_what_to_do(sources: Path, tmp_path: Path) -> None:
    generate(sources, tmp_path)
    path = tmp_path / "FIX44.xml"
    path.write_text(path.read_text(encoding="utf-8").replace("SELL_SHORT", "SELL_LONG"), encoding="utf-8")
    before = path.read_bytes()
    result = generate(sources, tmp_path, "--check")
    assert result.returncode == 1
    assert "run without --check, review and commit" in result.stdout
    assert "SELL_LONG_EXEMPT" in result.stdout
    assert path.read_bytes() == before


def test_check_missing_file_fails(sources: Path, tmp_path: Path) -> None:
    result = generate(sources, tmp_path / "empty", "--check")
    assert result.returncode == 1
    assert "missing" in result.stdout


def test_generate_deployed_member_unknown_to_orchestra_fails(sources: Path, tmp_path: Path) -> None:
    path = sources / "quickfix/FIX44.xml"
    extra = "<field name='Side' required='N' /><field name='AllocAcctIDSource' required='N' />"
    path.write_text(
        path.read_text(encoding="utf-8").replace("<field name='Side' required='N' />", extra),
        encoding="utf-8",
    )
    result = generate(sources, tmp_path)
    assert result.returncode == 1
    assert "D: AllocAcctIDSource is in the QuickFIX facts but not in Orchestra" in result.stderr
    assert not (tmp_path / "FIX44.xml").exists()
