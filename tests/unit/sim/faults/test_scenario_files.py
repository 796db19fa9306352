"""Scenario files: their faults are named, their schema fits, their expectations give a verdict."""

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from sim.catalogue import catalogue_names, catalogue_text
from sim.scenario import ScenarioError, load_scenario, parse_rules, parse_scenario, schema
from sim.scenario.cli import scenarios

SCHEMA = jsonschema.Draft202012Validator(schema())
HEAD = "name: t\npurpose: t\nrules:\n"
ORDER = "35=D|55=ABC|54=1|38=100|40=2|44=10.00"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (
            HEAD + "- when: {mesage: D}\n  do: [drop]\n",
            "s.yaml:4: rules.0.when.mesage: unknown key; allowed here: at, message, session, fields, count, ",
        ),
        (
            HEAD + "- when: {message: D}\n  do:\n  - fil: {quantity: 5}\n",
            "s.yaml:6: rules.0.do.0.fil: unknown key; allowed here: accept, process, reject, hold, fill, ",
        ),
        (
            HEAD + "- when: {message: D}\n  do:\n  - hodl\n",
            "s.yaml:6: rules.0.do.0.hodl: unknown key; allowed here: accept, process, reject, hold, fill, ",
        ),
        (
            HEAD + "- when: {message: D}\n  do:\n  - fill:\n      quantity: 5\n      prize: 1\n",
            "s.yaml:8: rules.0.do.0.fill.prize: unknown key; allowed here: after, order, quantity, price",
        ),
        (
            HEAD + "- when: {message: D}\n  do:\n  - fill: {after: 5}\n",
            "s.yaml:6: rules.0.do.0.fill.after: a duration is a number and a unit: 200ms, 1.5s, 2m, 1h (was '5')",
        ),
        (
            HEAD + "- when: {message: NewOrder}\n  do: [drop]\n",
            "s.yaml:4: rules.0.when.message: no such message; write its MsgType(35), or one of Heartbeat, ",
        ),
        (
            HEAD + "- when: {message: '8'}\n  do: [accept]\n",
            "s.yaml:4: rules.0: accept cannot follow at: sending; it goes with at: request",
        ),
        (
            HEAD + "- when: {time: 5s}\n  do: [drop]\n",
            "s.yaml:4: rules.0: drop cannot follow a time; it goes with at: received, reporting, sending",
        ),
        (
            HEAD + "- when: {at: reporting}\n  do: [{alter: {set: {34: 9}}}]\n",
            "s.yaml:4: rules.0: field 34 does not exist yet at: reporting; use at: sending",
        ),
        (HEAD + "- when: {}\n  do: [drop]\n", "s.yaml:4: rules.0.when: say what to wait for: "),
        (
            HEAD + "- when: {message: D}\n  do:\n  - {drop: , reject: {code: 1}}\n",
            "s.yaml:6: rules.0.do.0: each entry is one act, here are 2: drop, reject",
        ),
        (HEAD + "- when: {message: D}\n", "s.yaml:4: rules.0.do: field required"),
        (
            HEAD + "- {name: a, when: {time: 1s}, do: [halt]}\n- {name: a, when: {time: 2s}, do: [resume]}\n",
            "s.yaml:1: (the whole file): two rules are named a; every rule of a scenario needs its own name",
        ),
        (
            HEAD + "- {name: a, when: {time: 1s}, do: [halt]}\nexpect:\n- {rule: b, within: 1s}\n",
            "s.yaml:1: (the whole file): expect: no rule is named b; there are a",
        ),
        (
            HEAD + "- {when: {time: 1s}, do: [halt]}\nexpect:\n- {see: {message: D}}\n",
            "s.yaml:6: expect.0.within: field required",
        ),
        (
            HEAD + "- {when: {time: 1s}, do: [{send: {}}]}\n",
            "s.yaml:4: rules.0.do.0.send: give one of message, ",
        ),
        ("a: [", "s.yaml:1: not YAML: "),
        ("- a\n", "s.yaml:1: expected keys and values; allowed keys: name, purpose, client, rules, expect"),
    ],
)
def test_fault_in_a_file_is_named_with_line_key_and_what_is_allowed(text, error):
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, "s.yaml")
    assert str(caught.value).startswith(error)


def test_rules_alone_can_be_read_in_either_form():
    one = parse_rules("when: {message: D}\ndo: [drop]\n", "-")
    many = parse_rules("rules:\n- {when: {message: D}, do: [drop]}\n", "-")
    inline = parse_rules("{when: {message: D}, do: [drop]}", "-")
    assert one == many == inline


def as_json(value):
    """What a JSON writer makes of it: keys are text."""
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("name", catalogue_names())
def test_scenario_of_the_catalogue_is_sound_and_fits_the_schema(name):
    scenario = load_scenario(name)
    assert scenario.name == name
    assert scenario.client, "says what the client has to do"
    SCHEMA.validate(as_json(yaml.safe_load(catalogue_text(name))))


def test_schema_refuses_what_the_reader_refuses():
    for text in (
        "{when: {mesage: D}, do: [drop]}",
        "{when: {message: D}, do: [hodl]}",
        "{when: {message: D}}",
    ):
        with pytest.raises(jsonschema.ValidationError):
            SCHEMA.validate(as_json(yaml.safe_load(HEAD + "- " + text)))


TEST = """\
name: t
purpose: t
rules:
- {name: held, when: {message: D}, do: [hold]}
expect:
- {see: {message: D}, within: 5s}
- {rule: held, within: 1s}
- {never: {message: D}, within: 2s}
- {see: {message: H, fields: {11: a}}, times: 2, within: 5s}
"""


@pytest.fixture
def tested(make_venue):
    venue = make_venue(scenario=TEST)
    return venue, venue.client().logon()


def states(venue):
    return [step["state"] for step in venue.verdict.steps]


def test_expectations_are_met_one_after_the_other(tested):
    venue, client = tested
    venue.advance(4)
    client.say(ORDER + "|11=a")
    assert states(venue) == ["met", "met", "waiting", "waiting"]
    client.say("35=H|11=a|55=ABC|54=1")  # too early: nothing is expected but silence
    venue.advance(2)
    assert states(venue) == ["met", "met", "met", "waiting"]
    assert venue.verdict.passed is None
    client.say("35=H|11=a|55=ABC|54=1", "35=H|11=other|55=ABC|54=1")
    assert venue.verdict.passed is None
    client.say("35=H|11=a|55=ABC|54=1")
    assert venue.verdict.passed is True


def test_expectation_that_is_missed_fails_the_verdict(tested):
    venue, client = tested
    venue.advance(6)
    assert venue.verdict.passed is False
    assert venue.verdict.reasons[0] == "D within 5 s: seen 0 times in 5 s"
    client.say(ORDER + "|11=a")
    assert states(venue)[0] == "failed"


def test_forbidden_message_fails_the_verdict(tested):
    venue, client = tested
    client.say(ORDER + "|11=a", ORDER + "|11=b")
    assert venue.verdict.reasons[0] == "no D within 2 s: D came"


def test_time_counts_from_the_first_logon(make_venue):
    venue = make_venue(scenario=TEST)
    venue.advance(100)
    venue.client().logon().say(ORDER + "|11=a")
    assert states(venue)[0] == "met"


def test_command_lists_shows_and_checks(capsys, tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_text("name: x\n")
    assert scenarios(["check", str(bad)]) == 2
    assert "bad.yaml:1: purpose: field required" in capsys.readouterr().err
    assert scenarios(["show", "none"]) == 2
    assert "no scenario none; there are " in capsys.readouterr().err
    assert scenarios(["list"]) == 0
    assert scenarios(["schema"]) == 0


def test_every_ready_scenario_is_named_with_the_failure_that_it_is_for():
    page = (Path(__file__).parents[4] / "docs" / "scenarios.md").read_text()
    failures = [
        line for line in page.partition("### Known failures")[2].splitlines() if line.startswith("| ")
    ][1:]
    assert len(failures) >= 30
    named = set(re.findall(r"`([a-z-]+)`", "\n".join(failures)))
    assert named == set(catalogue_names())
