from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.config import Address, ConfigError, load_settings
from tests.unit.config.config_text import VALID, changed, parse, problems_of


def test_valid_file_gives_settings_with_defaults() -> None:
    settings = parse(VALID)
    assert settings.journal.path == Path("/etc/gateway/journal")
    assert settings.journal.segment_size == 64 << 20
    assert settings.api.bind == Address("127.0.0.1", 7010)
    assert settings.sessions[0].heartbeat_interval == timedelta(seconds=30)
    assert settings.sessions[0].role == "initiator"
    assert settings.instruments[0].tick_size == Decimal("0.01")
    assert settings.database_url == "sqlite:////etc/gateway/gateway.db"


def test_instrument_facts_are_read_and_have_defaults() -> None:
    (plain,) = parse(VALID).instruments
    assert (plain.multiplier, plain.asset_class, plain.sector, plain.region) == (1, None, None, None)
    facts = "currency: USD, multiplier: 0.5, asset_class: index future, sector: index, region: us"
    (future,) = parse(changed("currency: USD", facts)).instruments
    assert future.multiplier == Decimal("0.5")
    assert (future.asset_class, future.sector, future.region) == ("index future", "index", "us")


def test_missing_key_and_its_misspelling_are_both_named() -> None:
    missing, unknown = problems_of(changed("port: 9878", "prot: 9878"))
    assert missing == "g.yaml:2:5: sessions[0].port: is required and missing; add `port:` (TCP port)"
    assert unknown.startswith(
        "g.yaml:7:5: sessions[0].prot: unknown key 'prot'; did you mean 'port'? (allowed here: "
    )


def test_settings_are_frozen() -> None:
    settings = parse(VALID)
    with pytest.raises(ValidationError, match="frozen"):
        settings.journal.path = Path("/elsewhere")


def test_unquoted_decimal_is_exact() -> None:
    settings = parse(changed("tick_size: 0.01", "tick_size: 0.10000001"))
    assert str(settings.instruments[0].tick_size) == "0.10000001"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (VALID + "sesions: []\n", "g.yaml:23:1: sesions: unknown key 'sesions'; did you mean 'sessions'?"),
        (
            changed("9878", "65536"),
            "g.yaml:7:11: sessions[0].port: expected a whole number from 0 to 65535, was '65536'",
        ),
        (changed("9878", "0"), "g.yaml:7:11: sessions[0].port: an initiator needs the counterparty's port"),
        (changed("GATEWAY", '""'), "g.yaml:4:21: sessions[0].sender_comp_id: expected a CompID"),
        (
            changed("FIX.4.4", "FIX.4.5"),
            "g.yaml:3:19: sessions[0].begin_string: expected one of FIX.4.0, FIX.4.1, FIX.4.2",
        ),
        (changed("FIX.4.4", "FIXT.1.1"), "g.yaml:2:5: sessions[0]: FIXT.1.1 needs a"),
        (
            changed("session: sim", "session: sim2"),
            "g.yaml:10:14: venues[0].session: no entry of sessions is called 'sim2'",
        ),
        (
            changed("venue: SIM", "venue: SIN"),
            "g.yaml:12:27: instruments[0].venue: no entry of venues is called 'SIN'",
        ),
        (
            changed("currency: USD", "currency: USD, multiplier: 0"),
            "g.yaml:12:89: instruments[0].multiplier: expected a decimal above zero",
        ),
        (
            changed("currency: USD", 'currency: USD, sector: " x"'),
            "g.yaml:12:85: instruments[0].sector: expected a name (1 to 32 printable characters), was ' x'",
        ),
        (
            changed("currency: USD", "currency: dollar"),
            "g.yaml:12:72: instruments[0].currency: expected a currency (3 to 8 capital letters",
        ),
        (
            changed("[A1]", "[A1, B1]"),
            "g.yaml:17:20: clients[0].accounts[1]: no entry of accounts is called 'B1'",
        ),
        (changed("[A1]", "[A1, A1]"), "g.yaml:17:20: clients[0].accounts[1]: 'A1' is listed twice"),
        (
            changed("[A1]", "A1"),
            "g.yaml:17:15: clients[0].accounts: expected a list (lines that start with '- ')",
        ),
        (changed("[A1]", "[]"), "g.yaml:17:15: clients[0].accounts: expected at least one entry"),
        (changed("level: firm", "level: account:A1"), "g.yaml:19:3: limits: no entry has `level: firm`"),
        (
            VALID + "  - {level: desk, max_order_quantity: 1}\n",
            "g.yaml:23:13: limits[1].level: expected a level (firm, account:NAME",
        ),
        (
            changed("    price_collar_percent: 5\n", ""),
            "g.yaml:19:5: limits[0]: the firm's limits are the last line",
        ),
        (
            changed("price_collar_percent: 5", "price_collar_percent: 0"),
            "g.yaml:22:27: limits[0].price_collar_percent",
        ),
        (
            changed("notional: 10000", "notional: 92233720369"),
            "g.yaml:21:25: limits[0].max_order_notional: expected",
        ),
        (
            changed("0.01", "1e-2"),
            "g.yaml:12:43: instruments[0].tick_size: expected a decimal of zero or more",
        ),
        (
            changed("0.01", ".nan"),
            "g.yaml:12:43: instruments[0].tick_size: expected a decimal of zero or more",
        ),
        (
            changed("0.01", "0.000000001"),
            "g.yaml:12:43: instruments[0].tick_size: expected a decimal of zero or more",
        ),
        (
            changed("currency: USD", "currency: usd"),
            "g.yaml:12:72: instruments[0].currency: expected a currency",
        ),
        (VALID + "api:\n  bind: 127.0.0.1\n", "g.yaml:24:9: api.bind: expected an address and port"),
        (
            VALID + "api: 7010\n",
            "g.yaml:23:6: api: expected keys and values (bind, identity, tls, limits, handshake_timeout, keepalive,"
            " development), found the text '7010'",
        ),
        (
            VALID + "monitor:\n  bind: 127.0.0.1:7010\n",
            "g.yaml:24:9: monitor.bind: 127.0.0.1:7010 is the address of api",
        ),
        (
            VALID + "journal:\n  segment_size: 64MB\n",
            "g.yaml:24:17: journal.segment_size: expected a size from 1MiB",
        ),
        (
            VALID + "journal:\n  segment_size: 1537KiB\n",
            "g.yaml:24:17: journal.segment_size: expected a size from 1MiB",
        ),
        (
            VALID + "journal:\n  durability: disc\n",
            "g.yaml:24:15: journal.durability: expected one of process, disk, was",
        ),
        (VALID + "database:\n  url: mysql://x\n", "g.yaml:24:8: database.url: expected a database URL"),
        (
            VALID + "dictionaries:\n  FIX.4.4: no.xml\n",
            "g.yaml:24:12: dictionaries.FIX.4.4: expected the path of",
        ),
    ],
)
def test_fault_is_named_with_its_place(text: str, expected: str) -> None:
    found = problems_of(text)
    assert len(found) == 1, found
    assert found[0].startswith(expected)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("heartbeat_interval: 30", "unit, one of ms, s, m, h"),
        ("heartbeat_interval: 1500ms", "a multiple of 1s"),
        ("heartbeat_interval: 0s", "a duration from 1s to 10m"),
        ("reconnect_min: 1m", "sessions[0].reconnect_max: is below reconnect_min"),
        ("password: ${env:NONE}", "the environment variable NONE is not set"),
        ("application_version: FIX.4.4", "goes with FIXT.1.1 only"),
        ("session_dictionary: x.xml", "goes with FIXT.1.1 only"),
        ("reset_on_logon: yes", "expected true or false, was 'yes'"),
        ("role: server", "expected one of initiator, acceptor, was 'server'"),
    ],
)
def test_fault_of_a_session_is_named_in_line_8(line: str, expected: str) -> None:
    found = problems_of(changed("    port: 9878\n", f"    port: 9878\n    {line}\n"))
    assert any(expected in problem for problem in found), found
    assert all(problem.startswith(("g.yaml:8:", "g.yaml:2:")) for problem in found)


@pytest.mark.parametrize("section", ["sessions", "venues", "instruments", "accounts", "clients"])
def test_missing_section_is_named(section: str) -> None:
    lines = VALID.splitlines(keepends=True)
    start = lines.index(f"{section}:\n")
    end = next((n for n in range(start + 1, len(lines)) if lines[n][0] not in " -"), len(lines))
    found = problems_of("".join(lines[:start] + lines[end:]))
    assert any(f"{section}: is required and missing" in problem for problem in found)


@pytest.mark.parametrize(
    ("section", "entry", "key"),
    [
        ("accounts", "  - name: A1\n", "name"),
        ("venues", "  - name: SIM\n    session: sim\n", "name"),
    ],
)
def test_name_given_twice_is_refused(section: str, entry: str, key: str) -> None:
    found = problems_of(changed(entry, entry + entry))
    assert any(f"{section}[1].{key}" in problem and "each must differ" in problem for problem in found)


def test_two_venues_on_one_session_are_refused() -> None:
    found = problems_of(changed("    session: sim\n", "    session: sim\n  - name: V2\n    session: sim\n"))
    assert ["already leads to venues[0]" in problem for problem in found] == [True]


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    text = (
        changed("9878", "x").replace("tick_size: 0.01", "tick_size: -1").replace("[A1]", "[B]") + "foo: 1\n"
    )
    found = problems_of(text)
    lines = [int(problem.split(":")[1]) for problem in found]
    assert lines == [7, 12, 17, 23]


def test_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="gateway init"):
        load_settings(tmp_path / "none.yaml")


def test_file_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "g.yaml"
    path.write_bytes(b"a: 1\nb: \xff\n")
    with pytest.raises(ConfigError, match=r":2:1: not UTF-8"):
        load_settings(path)


def test_relative_paths_start_at_the_file(tmp_path: Path) -> None:
    path = tmp_path / "g.yaml"
    path.write_text(VALID + "journal:\n  path: a/b\ndatabase:\n  url: sqlite:///x.db\n")
    settings = load_settings(path, {})
    assert settings.journal.path == tmp_path / "a/b"
    assert settings.database_url == f"sqlite:///{tmp_path}/x.db"


def test_ipv6_loopback_is_accepted() -> None:
    settings = parse(VALID + "api:\n  bind: '[::1]:0'\n")
    assert settings.api.bind == Address("::1", 0)
    assert str(settings.api.bind) == "[::1]:0"


def test_two_free_ports_do_not_collide() -> None:
    parse(VALID + "api:\n  bind: 127.0.0.1:0\nmonitor:\n  bind: 127.0.0.1:0\n")


@pytest.mark.parametrize(
    ("keys", "where", "what"),
    [
        (
            "logon_fields:\n      - {tag: 554, value: x}",
            "logon_fields[0].tag",
            "the session writes 554 itself",
        ),
        ("logon_fields:\n      - {tag: 9100}", "logon_fields[0]", "give either `value:` or `secret:`"),
        (
            "header_fields:\n      - {tag: 34, value: x}",
            "header_fields[0].tag",
            "the session writes 34 itself",
        ),
        (
            "header_fields:\n      - {tag: 115, value: x}\n      - {tag: 115, value: y}",
            "header_fields[1].tag",
            "115 is listed twice",
        ),
        ("message_size_max: 1MiB\n    kept_size_max: 64KiB", "kept_size_max", "is below message_size_max"),
        ("message_size_max: 2MiB", "message_size_max", "expected a size from 1KiB to 1MiB"),
        ("timestamp_precision: picoseconds", "timestamp_precision", "expected one of seconds, milliseconds"),
        (
            "validation: {unknown_fields: ignore}",
            "validation.unknown_fields",
            "expected one of allow, pass_on, reject",
        ),
        ("validation: {enumeration: true}", "validation.enumeration", "did you mean 'enumerations'?"),
        ("resend_slice: 129", "resend_slice", "expected a whole number from 1 to 128"),
        ("redact: [0]", "redact[0]", "expected a whole number from 1"),
    ],
)
def test_session_key_that_does_not_fit_is_refused_with_its_place(keys: str, where: str, what: str) -> None:
    problems = problems_of(changed("port: 9878", f"port: 9878\n    {keys}"))
    assert any(f"sessions[0].{where}: " in problem and what in problem for problem in problems), problems


@pytest.mark.parametrize(
    ("version", "key", "accepted"),
    [
        ("FIX.4.1", "last_msg_seq_num_processed", False),
        ("FIX.4.2", "last_msg_seq_num_processed", True),
        ("FIX.4.3", "next_expected_msg_seq_num", False),
        ("FIX.4.4", "next_expected_msg_seq_num", True),
    ],
)
def test_header_field_that_the_version_lacks_is_refused(version: str, key: str, accepted: bool) -> None:
    text = changed("FIX.4.4", version).replace("port: 9878", f"port: 9878\n    {key}: true")
    problems = problems_of(text)
    assert (problems == []) is accepted
    assert accepted or f"{version} has no" in problems[0]


def test_large_message_needs_a_large_segment() -> None:
    text = changed("port: 9878", "port: 9878\n    message_size_max: 1MiB")
    assert problems_of(text) == []
    (problem,) = problems_of(text + "journal:\n  segment_size: 1MiB\n")
    assert "message_size_max: a message and its events must fit a segment" in problem
