"""A venue's overlay in XML on a published dictionary."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.config.dictionaries import DictionaryError, bundled_dictionary, compile_dictionary
from gateway.config.dictionary_overlay import apply_overlay
from gateway.config.dictionary_xml import Member, Model, parse_dictionary


def overlaid(sections: str) -> Model:
    path = bundled_dictionary("FIX44")
    model = parse_dictionary(path.read_bytes(), path)
    apply_overlay(model, f"<fix>\n{sections}\n</fix>".encode(), "venue.xml")
    return model


def find(model: Model, members: list[Member], name: str) -> Member | None:
    for member in members:
        if member.name == name:
            return member
        if member.kind == "component" and (found := find(model, model.components[member.name], name)):
            return found
    return None


def test_xml_overlay_without_sections_changes_nothing() -> None:
    path = bundled_dictionary("FIX44")
    model = parse_dictionary(path.read_bytes(), path)
    assert overlaid("").messages == model.messages


def test_xml_overlay_new_field_is_defined_and_added() -> None:
    model = overlaid(
        "<fields><field number='9001' name='VenueRoute' type='STRING'><value enum='A' description='AUCTION'/>"
        "</field></fields>"
        "<messages><message name='ExecutionReport' msgtype='8'><field name='VenueRoute' required='Y'/>"
        "</message></messages>"
    )
    assert (model.fields["VenueRoute"].tag, model.fields["VenueRoute"].values) == (9001, {"A": "AUCTION"})
    added = find(model, model.messages["8"].members, "VenueRoute")
    assert added is not None
    assert added.required
    assert find(model, model.messages["D"].members, "VenueRoute") is None


def test_xml_overlay_values_are_added_to_an_enumeration() -> None:
    model = overlaid(
        "<fields><field number='40' name='OrdType' type='CHAR'><value enum='Z'/></field></fields>"
    )
    assert {"1", "2", "Z"} <= model.fields["OrdType"].values.keys()


def test_xml_overlay_field_may_take_any_value() -> None:
    model = overlaid(
        "<fields><field number='452' name='PartyRole' type='INT' allowOtherValues='true'/></fields>"
    )
    assert model.fields["PartyRole"].values == {}


def test_xml_overlay_type_of_a_known_field_is_changed() -> None:
    model = overlaid("<fields><field number='37' name='OrderID' type='INT'/></fields>")
    assert model.fields["OrderID"].type == "INT"


def test_xml_overlay_required_flag_inside_a_component_is_changed_for_this_message_alone() -> None:
    model = overlaid(
        "<messages><message name='NewOrderSingle' msgtype='D'><field name='SecurityID' required='Y'/>"
        "</message></messages>"
    )
    for msg_type, required in (("D", True), ("8", False)):
        found = find(model, model.messages[msg_type].members, "SecurityID")
        assert found is not None
        assert found.required == required


def test_xml_overlay_group_of_one_message_is_changed_and_not_its_component() -> None:
    model = overlaid(
        "<fields><field number='9002' name='VenueRole' type='STRING'/></fields>"
        "<messages><message name='NewOrderSingle' msgtype='D'><group name='NoPartyIDs' required='Y'>"
        "<field name='PartyID' required='Y'/><field name='VenueRole' required='N'/></group></message></messages>"
    )
    changed = find(model, model.messages["D"].members, "NoPartyIDs")
    kept = find(model, model.messages["8"].members, "NoPartyIDs")
    assert changed is not None
    assert kept is not None
    assert changed.required
    assert find(model, changed.members, "VenueRole") is not None
    assert find(model, kept.members, "VenueRole") is None


def test_xml_overlay_component_is_changed_wherever_it_is_used() -> None:
    model = overlaid(
        "<components><component name='Instrument'><field name='SecurityID' required='Y'/></component></components>"
    )
    for msg_type in ("D", "8"):
        found = find(model, model.messages[msg_type].members, "SecurityID")
        assert found is not None
        assert found.required


def test_xml_overlay_message_and_header_are_added() -> None:
    model = overlaid(
        "<fields><field number='9001' name='VenueRoute' type='STRING'/></fields>"
        "<header><field name='VenueRoute' required='N'/></header>"
        "<messages><message name='VenueStatus' msgtype='U1' msgcat='app'>"
        "<field name='Text' required='N'/></message></messages>"
    )
    assert find(model, model.header, "VenueRoute") is not None
    assert model.messages["U1"].name == "VenueStatus"


def test_xml_overlay_compiles_like_the_yaml_form(tmp_path: Path) -> None:
    base = bundled_dictionary("FIX44")
    xml, yaml = tmp_path / "venue.xml", tmp_path / "venue.yaml"
    xml.write_text(
        "<?xml version='1.0'?>\n<fix><fields><field number='9001' name='VenueRoute' type='STRING'/></fields>"
        "<messages><message name='ExecutionReport' msgtype='8'><field name='VenueRoute' required='N'/>"
        "</message></messages></fix>"
    )
    yaml.write_text(
        "fields: [{tag: 9001, name: VenueRoute, type: STRING}]\n"
        "messages: {ExecutionReport: {add: [VenueRoute]}}\n"
    )
    assert compile_dictionary(base, xml) == compile_dictionary(base, yaml) != compile_dictionary(base)


@pytest.mark.parametrize(
    ("sections", "message"),
    [
        (
            "<fields>\n<field number='40' name='OrdTyp' type='CHAR'/></fields>",
            "venue.xml:3: expected the name of",
        ),
        (
            "<fields><field number='41' name='OrdType' type='CHAR'/></fields>",
            "venue.xml:2: expected the number",
        ),
        (
            "<fields><field number='58' name='Text' type='STRING'><value enum='A'/></field></fields>",
            "any value",
        ),
        ("<feilds/>", "venue.xml:2: expected header, trailer, messages, components, fields"),
        ("<messages><field name='x'/></messages>", "expected <message> in <messages>, was <field>"),
        ("<messages><message name='Order' msgtype='D'/></messages>", "NewOrderSingle, was Order"),
        (
            "<messages>\n\n<message name='NewOrderSingle' msgtype='D'><field name='NoPartyIDs' required='Y'/>"
            "</message></messages>",
            "venue.xml:4: expected <group> for NoPartyIDs",
        ),
        ("<messages>", "venue.xml:3: expected well-formed XML"),
    ],
)
def test_xml_overlay_fault_says_where_and_what_to_do(sections: str, message: str) -> None:
    with pytest.raises(DictionaryError, match=re.escape(message)):
        overlaid(sections)


def test_xml_overlay_of_another_root_is_refused() -> None:
    path = bundled_dictionary("FIX44")
    model = parse_dictionary(path.read_bytes(), path)
    with pytest.raises(
        DictionaryError, match=r"venue\.xml:1: expected the root element <fix>, was <dictionary>"
    ):
        apply_overlay(model, b"<dictionary/>", "venue.xml")
