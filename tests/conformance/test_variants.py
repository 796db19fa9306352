"""Rewriting acceptance definitions for another version."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.definitions import complete, read_definition
from tests.conformance.runner import play_all
from tests.conformance.variants import VARIANTS, Variant, write_variants

LOGON = "I8={0}|35=A|34=1|49={1}|52=<TIME>|56=ISLD|98=0|108=30|{2}\n"


def rewritten(tmp_path: Path, source: str, folder: str, text: str) -> list[str]:
    (tmp_path / "from" / source).mkdir(parents=True)
    (tmp_path / "to").mkdir()
    (tmp_path / "from" / source / "case.def").write_text(text.replace("|", "\x01"), encoding="latin-1")
    write_variants(tmp_path / "from", tmp_path / "to")
    actions = read_definition(tmp_path / "to" / folder / "case.def")
    return [action.kind + action.text.replace("\x01", "|") for action in actions]


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.folder)
def test_identity_of_every_variant_is_its_own(variant: Variant, tmp_path: Path) -> None:
    versions = {"fix42": "FIX.4.2", "fix44": "FIX.4.4", "fix50sp2": "FIXT.1.1"}
    end = "1137=9|" if variant.source == "fix50sp2" else ""
    text = LOGON.format(versions[variant.source], variant.source_comp_id, end)
    (line,) = rewritten(tmp_path, variant.source, variant.folder, text)
    ours = {"fix50": "1137=7|", "fix50sp1": "1137=8|"}.get(variant.folder, "")
    assert line == LOGON.format(variant.begin_string, variant.comp_id, ours).rstrip("\n")


def test_fix40_order_has_a_quantity_and_no_transact_time(tmp_path: Path) -> None:
    order = "35=D|34=2|49=TW42|52=<TIME>|56=ISLD|11=ID|21=3|40=1|54=1|55=INTC|60=<TIME>|"
    assert rewritten(tmp_path, "fix42", "fix40", f"I8=FIX.4.2|{order}\n") == [
        "I8=FIX.4.0|35=D|34=2|49=TW40|52=<TIME>|56=ISLD|11=ID|21=3|38=100|40=1|54=1|55=INTC|"
    ]


def test_fix41_reject_names_the_tag_in_its_text_and_its_length_is_counted_anew(tmp_path: Path) -> None:
    reject = "E8=FIX.4.2|9=98|35=3|34=2|49=ISLD|52=00000000-00:00:00.000|56=TW42|45=2|58=No|371=9|372=0|373=0|10=0|"
    (line,) = rewritten(tmp_path, "fix42", "fix41", reject + "\n")
    assert line == "E8=FIX.4.1|35=3|34=2|49=ISLD|52=00000000-00:00:00|56=TW41|45=2|58=No (9)|10=0|"
    assert complete(line[1:].replace("|", "\x01")).split("\x01")[1] == "9=62"


def test_fix40_business_reject_is_a_reject_and_an_open_range_ends_at_999999(tmp_path: Path) -> None:
    text = (
        "E8=FIX.4.2|35=j|34=2|49=ISLD|52=0|56=TW42|45=2|58=Unsupported Message Type|372=8|380=3|10=0|\n"
        "E8=FIX.4.2|35=2|34=3|49=ISLD|52=0|56=TW42|7=4|16=0|10=0|\n"
        "I8=FIX.4.0|35=1|34=2|49=TW42|52=<TIME>|56=ISLD|112=id|\n"
    )
    assert rewritten(tmp_path, "fix42", "fix40", text) == [
        "E8=FIX.4.0|35=3|34=2|49=ISLD|52=00000000-00:00:00|56=TW40|45=2|58=Unsupported message type|10=0|",
        "E8=FIX.4.0|35=2|34=3|49=ISLD|52=00000000-00:00:00|56=TW40|7=4|16=999999|10=0|",
        "I8=FIX.4.2|35=1|34=2|49=TW40|52=<TIME>|56=ISLD|112=id|",
    ]


def test_lines_that_are_no_messages_and_garbled_fields_stay(tmp_path: Path) -> None:
    text = (
        "# why\niCONNECT\nI8=FIX.4.4|9=52|35=0|34=24garbled9=TW44|10=0|\n"
        "I2,8=FIX.4.4|35=0|nonsense|\ne2,DISCONNECT\n"
    )
    assert rewritten(tmp_path, "fix44", "fix43", text) == [
        "iCONNECT",
        "I8=FIX.4.3|9=52|35=0|34=24garbled9=TW44|10=0|",
        "I8=FIX.4.3|35=0|nonsense|",
        "eDISCONNECT",
    ]


def test_drafts_are_not_played(tmp_path: Path) -> None:
    (tmp_path / "future").mkdir()
    (tmp_path / "future/case.def").write_text("eDISCONNECT\n")
    assert play_all([tmp_path], "127.0.0.1", 1, timeout_s=1.0) == (0, [])


def test_version_that_is_there_itself_is_not_written(tmp_path: Path) -> None:
    for folder in ("from/fix44", "from/fix43", "to"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "from/fix44/case.def").write_text("iCONNECT\n")
    assert write_variants(tmp_path / "from", tmp_path / "to") == 2
    assert sorted(path.name for path in (tmp_path / "to").iterdir()) == ["novalues", "values"]
