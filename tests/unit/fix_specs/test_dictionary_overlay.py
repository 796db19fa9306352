"""A venue's overlay on a published dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.config.dictionaries import (
    DictionaryError,
    bundled_dictionary,
    compile_dictionary,
    load_dictionary,
)
from gateway.config.dictionary_overlay import apply_overlay
from gateway.config.dictionary_xml import Member, Model, parse_dictionary


def overlaid(text: str) -> Model:
    path = bundled_dictionary("FIX44")
    model = parse_dictionary(path.read_bytes(), path)
    apply_overlay(model, text.encode(), "venue.yaml")
    return model


def required(model: Model, members: Sequence[Member], outer: bool = True) -> dict[str, bool]:
    """Every member by name, components opened, groups not."""
    found: dict[str, bool] = {}
    for member in members:
        if member.kind == "component":
            found |= required(model, model.components[member.name], outer and member.required)
        else:
            found[member.name] = outer and member.required
    return found


def body(model: Model, msg_type: str) -> dict[str, bool]:
    return required(model, model.messages[msg_type].members)


def group(model: Model, component: str) -> dict[str, bool]:
    return required(model, model.components[component][0].members)


def test_overlay_empty_changes_nothing() -> None:
    assert body(overlaid(""), "8") == body(overlaid("fields: []"), "8")


def test_overlay_new_field_is_defined_and_added() -> None:
    model = overlaid(
        "fields: [{tag: 9001, name: VenueRoute, type: STRING, values: {A: AUCTION}}]\n"
        "messages: {ExecutionReport: {add: [VenueRoute]}}"
    )
    assert (model.fields["VenueRoute"].tag, model.fields["VenueRoute"].values) == (9001, {"A": "AUCTION"})
    assert body(model, "8")["VenueRoute"] is False
    assert "VenueRoute" not in body(model, "D")


def test_overlay_add_values_extends_enumeration() -> None:
    before = overlaid("").fields["OrdType"].values
    after = overlaid("fields: [{name: OrdType, add_values: {Z: VENUE_PEG}}]").fields["OrdType"].values
    assert after == before | {"Z": "VENUE_PEG"}


def test_overlay_values_open_accepts_anything() -> None:
    assert overlaid("fields: [{name: PartyRole, values: open}]").fields["PartyRole"].values == {}


def test_overlay_optional_reaches_into_component_of_this_message_only() -> None:
    model = overlaid("messages: {ListStrikePrice: {optional: [NoStrikes]}}")
    assert body(overlaid(""), "m")["NoStrikes"] is True
    assert body(model, "m")["NoStrikes"] is False


def test_overlay_required_in_component_leaves_other_messages() -> None:
    before = overlaid("")
    model = overlaid("messages: {ExecutionReport: {required: [SecurityID]}}")
    assert body(model, "8")["SecurityID"] is True
    assert body(model, "8").keys() == body(before, "8").keys()
    assert body(model, "D") == body(before, "D")


def test_overlay_remove_takes_member_out() -> None:
    assert "Price" not in body(overlaid("messages: {NewOrderSingle: {remove: [Price]}}"), "D")


def test_overlay_group_is_added_with_members() -> None:
    model = overlaid(
        "fields:\n"
        "  - {tag: 9010, name: NoVenueFees, type: NUMINGROUP}\n"
        "  - {tag: 9011, name: VenueFee, type: AMT}\n"
        "messages:\n"
        "  ExecutionReport: {add: [{group: NoVenueFees, members: [{field: VenueFee, required: true}]}]}\n"
    )
    added = model.messages["8"].members[-1]
    assert (added.kind, added.name) == ("group", "NoVenueFees")
    assert required(model, added.members) == {"VenueFee": True}


def test_overlay_group_changes_everywhere_once() -> None:
    model = overlaid(
        "fields: [{tag: 9001, name: VenueRole, type: STRING}]\n"
        "messages: {ExecutionReport: {required: [NoPartyIDs]}}\n"
        "groups: {NoPartyIDs: {add: [VenueRole], remove: [PartyRole], required: [PartyID]}}"
    )
    parties = group(model, "Parties")
    assert parties["VenueRole"] is False
    assert parties["PartyID"] is True
    assert "PartyRole" not in parties
    assert [m.name for m in model.components["Parties"][0].members].count("VenueRole") == 1


def test_overlay_new_message_is_defined() -> None:
    model = overlaid("messages: {VenueStatus: {msg_type: U1, add: [{field: Text, required: true}]}}")
    assert (model.messages["U1"].name, model.messages["U1"].category) == ("VenueStatus", "app")
    assert body(model, "U1") == {"Text": True}


def test_overlay_header_gains_field() -> None:
    assert "Text" in required(overlaid(""), overlaid("header: {add: [Text]}").header)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fields: [", r"venue\.yaml:1: expected YAML, but"),
        ("\xff\xfe: \x00", r"venue\.yaml: expected YAML, but"),
        ("[]", r"venue\.yaml:1: expected a mapping, was a list"),
        ("feilds: []", r"venue\.yaml:1: expected one of fields, .* was 'feilds'; correct the name"),
        ("header: {}\nheader: {}", r"venue\.yaml:2: expected header once"),
        ("fields: {}", r"venue\.yaml:1: expected a list, was a mapping"),
        ("fields:\n  - {tag: 9001}", r"venue\.yaml:2: expected a name for the field"),
        ("fields:\n  - {name: New}", r"venue\.yaml:2: expected a field of the dictionary, or tag and type"),
        ("fields:\n  - {tag: x, name: New, type: INT}", r"venue\.yaml:2: expected a tag from 1 to"),
        ("fields:\n  - {tag: 41, name: OrdType}", r"venue\.yaml:2: expected the tag of OrdType, 40, was 41"),
        (
            "fields:\n  - {name: ClOrdID, add_values: {A: B}}",
            r"venue\.yaml:2: expected an enumeration of ClOrdID",
        ),
        ("messages:\n  Unknown: {}", r"venue\.yaml:2: expected a message of the dictionary, or msg_type"),
        ("messages:\n  New: {msg_type: D}", r"venue\.yaml:2: expected a new msg_type, was .* NewOrderSingle"),
        (
            "messages:\n  NewOrderSingle: {msg_type: E}",
            r"venue\.yaml:2: expected the msg_type of .*, D, was E",
        ),
        ("messages:\n  Heartbeat: {optional: [Side]}", r"venue\.yaml:2: .*named Side, was none; add it"),
        ("messages:\n  Heartbeat: {add: [{required: true}]}", r"venue\.yaml:2: expected one of field, group"),
        (
            "messages:\n  Heartbeat: {add: [{field: Text, required: maybe}]}",
            "expected true or false, was 'maybe'",
        ),
        ("groups:\n  NoSuch: {}", r"venue\.yaml:2: expected a repeating group .* NoSuch, was none"),
    ],
)
def test_overlay_faulty_says_where_and_what_to_do(text: str, expected: str) -> None:
    with pytest.raises(DictionaryError, match=expected):
        overlaid(text)


def test_compile_overlay_naming_undefined_field_points_into_the_overlay(tmp_path: Path) -> None:
    overlay = tmp_path / "venue.yaml"
    overlay.write_text("messages:\n  Heartbeat:\n    add: [Nonsense]\n", encoding="utf-8")
    with pytest.raises(DictionaryError, match=r"venue\.yaml:3: field Nonsense is used but not defined"):
        compile_dictionary(bundled_dictionary("FIX44"), overlay)


def test_load_changed_overlay_does_not_meet_the_stale_entry(tmp_path: Path) -> None:
    overlay = tmp_path / "venue.yaml"
    base = bundled_dictionary("FIXT11")
    plain = load_dictionary(base, tmp_path / "cache")
    overlay.write_text("header: {add: [Text]}", encoding="utf-8")
    first = load_dictionary(base, tmp_path / "cache", overlay)
    overlay.write_text("header: {add: [TestReqID]}", encoding="utf-8")
    second = load_dictionary(base, tmp_path / "cache", overlay)
    assert len({plain, first, second}) == 3
