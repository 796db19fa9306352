import pytest

from gateway.config import ConfigError
from gateway.config.document import DEPTH_MAX, parse_document
from tests.unit.config.config_text import VALID, problems_of


def test_scalars_stay_text_as_written() -> None:
    root = parse_document("a: 0.10\nb: NO\nc: 1_000\nd: '7'\ne: 12:30\n", "f").root
    assert root == {"a": "0.10", "b": "NO", "c": "1_000", "d": "7", "e": "12:30"}


def test_every_value_and_key_has_its_place() -> None:
    document = parse_document("a:\n  - x: 1\n    y: [2, 3]\n", "f")
    assert str(document.problem_at(("a", 0, "y", 1), "no")) == "f:3:12: a[0].y[1]: no"
    assert str(document.problem_at(("a", 0, "y"), "no", at_key=True)) == "f:3:5: a[0].y: no"
    assert str(document.problem_at(("a", 0, "z"), "no")) == "f:2:5: a[0].z: no"


def test_duplicate_key_is_refused_with_both_lines() -> None:
    assert problems_of(VALID + "accounts: []\n") == [
        "g.yaml:23:1: accounts: given twice, first in line 13; remove one of them"
    ]


def test_null_is_refused_once() -> None:
    assert problems_of(VALID + "database:\n  url:\n") == [
        "g.yaml:24:7: database.url: is empty; give it a value, or remove it"
    ]


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("a: [1\nb: 2\n", 2, "not valid YAML"),
        ("a:\n\t- 1\n", 2, "indent with spaces"),
        ("a: 'x\n", 2, "not valid YAML"),
        ("a: 1\nb: \x01\n", 2, "U+0001"),
        ("- 1\n", 1, "expected keys and values"),
        ("just text\n", 1, "expected keys and values"),
    ],
)
def test_text_that_is_no_mapping_is_refused_with_its_line(text: str, line: int, part: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_document(text, "f")
    (problem,) = caught.value.problems
    assert problem.line == line
    assert part in problem.message


def test_tag_of_python_object_is_refused() -> None:
    document = parse_document("a: !!python/object/apply:os.system ['true']\nb: !x y\n", "f")
    assert [str(problem).split(";")[0] for problem in document.problems] == [
        "f:1:4: a: the tag tag:yaml.org,2002:python/object/apply:os.system is not allowed",
        "f:2:4: b: the tag !x is not allowed",
    ]


def test_alias_gives_the_same_values_again() -> None:
    assert parse_document("a: &x [1]\nb: *x\n", "f").root == {"a": ["1"], "b": ["1"]}


def test_alias_that_contains_itself_is_refused() -> None:
    document = parse_document("a: &x [*x]\n", "f")
    assert "contains itself" in document.problems[0].message


def test_aliases_of_aliases_are_bounded() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 7)]
    with pytest.raises(ConfigError, match="too many values"):
        parse_document("\n".join(lines), "f")


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(ConfigError, match="nested too deeply"):
        parse_document("a: " + "[" * (DEPTH_MAX + 1) + "]" * (DEPTH_MAX + 1), "f")


def test_key_that_is_no_word_is_refused() -> None:
    assert "a key must be one word" in str(parse_document("[a, b]: 1\n", "f").problems[0])
