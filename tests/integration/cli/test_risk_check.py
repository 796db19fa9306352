"""`gateway risk check` against a running gateway: an order that might come, and a file of limits."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

from gateway.core import JournalReader
from gateway.v1 import types_pb2
from tests.integration.cli.processes import RunningGateway, wait_until
from tests.integration.cli.submit import submit
from tests.unit.cli.cli_runner import Result
from tests.unit.cli.cli_runner import gateway as cli

ORDER = ("--account", "DEMO", "--strategy", "test", "--instrument", "AAPL", "--side", "buy")


def check(gateway: RunningGateway, *arguments: object) -> Result:
    return cli("risk", "check", *arguments, "-c", gateway.config)


def last_event_lsn(gateway: RunningGateway) -> int:
    return max(
        record.lsn for record in JournalReader(gateway.folder / "journal") if record.kind.name == "EVENT"
    )


def test_order_that_would_pass_says_what_each_limit_sees(gateway: RunningGateway) -> None:
    before = last_event_lsn(gateway)
    result = check(gateway, *ORDER, "--quantity", 100, "--price", "185.00", "--json")
    assert result.code == 0, result.err
    answer = json.loads(result.out)
    assert answer["passes"] is True
    sizes = {(each["name"], each["level"]): each for each in answer["limits"]}
    firm = sizes["max_order_notional", "firm"]
    assert (firm["value"], firm["limit"], firm["share_percent"]) == ("18500", "1000000", "1.85")
    assert [each["share_percent"] for each in answer["limits"]] == sorted(
        (each["share_percent"] for each in answer["limits"]),
        key=lambda share: float(share or 0),
        reverse=True,
    )
    assert last_event_lsn(gateway) == before
    assert check(gateway, *ORDER, "--quantity", 100, "--price", "185.00").out.startswith("it would pass")


def test_order_that_would_be_denied_is_denied_for_the_same_reason(gateway: RunningGateway) -> None:
    result = check(gateway, *ORDER, "--quantity", 100_001, "--price", "185.00", "--json")
    assert result.code == 5
    answer = json.loads(result.out)
    denied = submit(gateway.ready["api"], "t-check-huge", quantity="100001").denial
    assert answer["denial"]["code"] == types_pb2.DenialCode.Name(denied.code)
    assert (answer["denial"]["observed"], answer["denial"]["allowed"]) == (denied.observed, denied.allowed)
    deciding = [each["name"] for each in answer["limits"] if each["decides"]]
    assert deciding == [denied.limit_name] == [answer["limits"][0]["name"]]
    text = check(gateway, *ORDER, "--quantity", 100_001, "--price", "185.00").out
    assert "it would be denied: MAX_ORDER_QUANTITY by max_order_quantity at firm: 100001" in text


def test_order_that_is_not_whole_is_a_mistake_of_usage(gateway: RunningGateway) -> None:
    result = check(gateway, "--account", "DEMO")
    assert (result.code, "--instrument, --side, --quantity not given" in result.err) == (2, True)
    result = check(gateway, *ORDER[:-1], "up", "--quantity", 1)
    assert (result.code, "buy, sell, sell_short" in result.err) == (2, True)


def test_file_of_garbage_is_refused_with_its_line_before_anything_is_asked(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    file = tmp_path / "limits.yaml"
    file.write_text(
        "limits:\n"
        "  - {name: a, level: firm, kind: max_order_quantity, value: -1}\n"
        "  - {name: b, level: firm, kind: max_order_quantity, value: .nan}\n"
        "  - {name: c, level: firm, kind: no_such_kind}\n"
    )
    result = cli(
        "risk", "check", file, "--address", "127.0.0.1:1", "--client", "demo"
    )  # nobody listens there
    assert result.code == 2
    for line in (2, 3, 4):
        assert f"limits.yaml:{line}:" in result.err


def test_file_that_the_gateway_refuses_is_refused_with_its_line(
    gateway: RunningGateway, tmp_path: Path
) -> None:
    file = tmp_path / "limits.yaml"
    good = "limits:\n  - {name: a, level: firm, kind: max_order_quantity, value: 10}\n"
    file.write_text(good)
    result = check(gateway, file)
    assert (result.code, "would change at once; nothing was changed" in result.out) == (0, True), result.err
    for entry, why in (
        ("level: 'account:NOBODY', kind: max_order_quantity, value: 1", "'account:NOBODY' is not configured"),
        ("level: firm, kind: max_order_quantity", "value"),
        ("level: firm, second_level: 'account:DEMO', kind: restricted", "every order falls under firm"),
    ):
        file.write_text(f"{good}  - {{name: b, {entry}}}\n")
        result = check(gateway, file)
        assert result.code == 5, result.out
        assert "limits.yaml:3:" in result.err
        assert why in result.err
    shown = json.loads(cli("risk", "show", "-c", gateway.config, "--json").out)
    assert "a" not in {each["limit"]["name"] for each in shown["limits"]}


def test_history_of_changes_comes_from_the_database(gateway: RunningGateway, tmp_path: Path) -> None:
    file = tmp_path / "limits.yaml"
    for value in (500, 400):
        file.write_text(f"limits:\n  - {{name: h.1, level: firm, kind: open_orders, count: {value}}}\n")
        made = cli("risk", "set", file, "--reason", f"to {value}", "-c", gateway.config)
        assert made.code == 0, made.err

    def history() -> list[dict[str, object]]:
        result = cli("risk", "changes", "--history", "--limit", "h.1", "-c", gateway.config, "--json")
        assert result.code == 0, result.err
        found: list[dict[str, object]] = json.loads(result.out)
        return found

    wait_until(lambda: len(history()) == 2, "the projector has come so far")
    newest, oldest = history()
    assert (newest["reason"], newest["changed_by"]) == ("to 400", "demo")
    assert newest["before"] == oldest["after"]
    assert oldest["before"] is None
    shown = cli("risk", "changes", "--history", "-n", 1, "-c", gateway.config).out
    assert "500 times" in shown
    assert "400 times" in shown


def test_denials_are_counted_by_limit_and_level(gateway: RunningGateway) -> None:
    series = 'gateway_risk_denials_total{level="account:DEMO",name="max_order_notional"}'

    def count() -> float:
        with urllib.request.urlopen(f"http://{gateway.ready['monitor']}/metrics", timeout=30) as answer:
            text: str = answer.read().decode()
        return next((float(line.split()[-1]) for line in text.splitlines() if line.startswith(series)), 0.0)

    before = count()
    for number in range(3):
        # 259,000 is more than the account may, and less than the firm.
        assert (
            submit(gateway.ready["api"], f"t-metric-{number}", quantity="1400").denial.level == "account:DEMO"
        )
    assert count() == before + 3
