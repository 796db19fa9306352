"""Reading acceptance definitions, and comparing what they expect with what came."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conformance.definitions import compare, complete, read_definition, read_patterns

NOW = datetime(2026, 11, 21, 10, 0, 5, tzinfo=UTC)


def wire(text: str) -> str:
    return text.replace("|", "\x01")


def test_complete_message_gets_length_checksum_and_times() -> None:
    text = complete(wire("8=FIX.4.4|35=0|34=2|52=<TIME>|122=<TIME-10>|60=<TIME+2>|"), NOW)
    assert text == wire(
        "8=FIX.4.4|9=74|35=0|34=2|52=20261121-10:00:05|122=20261121-09:59:55|60=20261121-10:00:07|10=235|"
    )


def test_complete_leaves_given_length_and_checksum_alone() -> None:
    text = wire("8=FIX.4.4|9=30|35=0|34=2|10=256|")
    assert complete(text, NOW) == text


def test_complete_counts_the_body_without_a_given_checksum() -> None:
    assert complete(wire("8=FIX.4.4|35=0|34=2|10=0|"), NOW) == wire("8=FIX.4.4|9=10|35=0|34=2|10=0|")


def test_complete_text_that_begins_otherwise_is_sent_as_it_is() -> None:
    assert complete(wire("35=0|8=FIX.4.4|9=5|10=121|"), NOW) == wire("35=0|8=FIX.4.4|9=5|10=121|")


@pytest.mark.parametrize(
    ("expected", "actual", "difference"),
    [
        ("35=0|34=2|", "35=0|34=2|", None),
        ("35=0|52=00000000-00:00:00|", "35=0|52=20261121-10:00:05.123|", None),
        ("35=0|34=2|", "35=0|34=3|", "expected 34=2, was '3'"),
        ("35=0|34=2|", "34=2|35=0|", "expected field 35, was 34"),
        ("35=0|34=2|", "35=0|", "expected 2 fields, was 1"),
        ("58=a=b|", "58=a=c|", "expected 58=a=b, was 'a=c'"),
    ],
)
def test_compare_tells_the_first_difference(expected: str, actual: str, difference: str | None) -> None:
    assert compare(wire(expected), wire(actual), read_patterns(Path("/nowhere"))) == difference


def test_compare_value_unlike_its_pattern_is_a_difference(tmp_path: Path) -> None:
    (tmp_path / "fields.fmt").write_text("99=\\d{2}\n")
    (tmp_path / "fix").mkdir()
    patterns = read_patterns(tmp_path / "fix")
    assert compare("99=00", "99=17", patterns) is None
    assert compare("99=00", "99=x", patterns) is not None


def test_read_definition_knows_connections_and_skips_comments(tmp_path: Path) -> None:
    path = tmp_path / "case.def"
    path.write_text("# a comment\n\ni1,CONNECT\nI1,8=FIX.4.4\x0135=0\x01\ne2,DISCONNECT\n")
    actions = [(action.kind, action.connection, action.text) for action in read_definition(path)]
    assert actions == [("i", 1, "CONNECT"), ("I", 1, "8=FIX.4.4\x0135=0\x01"), ("e", 2, "DISCONNECT")]


def test_read_definition_line_that_is_no_action_is_named(tmp_path: Path) -> None:
    path = tmp_path / "case.def"
    path.write_text("iCONNECT\nnonsense\n")
    with pytest.raises(ValueError, match=r"case\.def:2"):
        list(read_definition(path))
