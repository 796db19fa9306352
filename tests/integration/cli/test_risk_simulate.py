"""`gateway risk simulate`: a real gateway's journal, judged anew by the limits in force and by others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.core import JournalReader
from gateway.v1 import types_pb2
from tests.integration.cli.processes import RunningGateway, running_gateway, wait_until, write_config
from tests.integration.cli.submit import submit
from tests.unit.cli.cli_runner import gateway as cli

HUGE = "100001"


@pytest.fixture(scope="module")
def traded(sim_port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningGateway]:
    """A gateway that has accepted ten orders for 10, one for 5 and one for 20 to sell, and denied five."""
    folder = tmp_path_factory.mktemp("traded")
    write_config(folder, sim_port, "GW-SIMULATE")
    with running_gateway(folder) as running:
        wait_until(lambda: "READY" in cli("sessions", "-c", running.config).out, "session is ready")
        api = running.ready["api"]
        limits = folder / "limits.yaml"
        limits.write_text("limits:\n  - {name: small, level: firm, kind: max_order_quantity, value: 1000}\n")
        made = cli("risk", "set", limits, "--reason", "test", "-c", running.config)
        assert made.code == 0, made.err
        for number in range(10):
            assert not submit(api, f"s-{number}", price="180.00").denial.code
            if number == 6:
                assert cli("orders", "cancel", "--all", "--yes", "-c", running.config).code == 0
                wait_until(lambda: not open_orders(running), "the venue has canceled all of them")
        assert not submit(api, "s-five", quantity="5", price="180.00").denial.code
        assert not submit(api, "s-sell", quantity="20", price="200.00", side=types_pb2.SIDE_SELL).denial.code
        for number, changes in enumerate(
            (
                {"quantity": HUGE},
                {"quantity": "1001"},
                {"price": "250.00"},  # outside the collar
                {"price": "180.001"},  # between two ticks
                {"quantity": "999", "price": "1"},
            )
        ):
            assert submit(api, f"s-denied-{number}", **changes).denial.code
        assert submit(api, "s-nobody", account="NOBODY").denial.code == types_pb2.DENIAL_CODE_UNKNOWN_ACCOUNT
        yield running


def simulate(gateway: RunningGateway, *arguments: object) -> Any:
    result = cli("risk", "simulate", *arguments, "-c", gateway.config, "--json")
    assert result.code == 0, result.err
    return json.loads(result.out)


def by_limit(answer: Any) -> dict[tuple[str, str], tuple[int, int]]:
    return {
        (each["limit"], each["code"]): (each["denied"], each["newly_denied"]) for each in answer["limits"]
    }


def write(path: Path, *entries: str) -> Path:
    path.write_text("limits:\n" + "".join(f"  - {{{entry}}}\n" for entry in entries))
    return path


def test_limits_in_force_give_exactly_the_denials_of_the_journal(traded: RunningGateway) -> None:
    answer = simulate(traded)
    assert (answer["denied"], answer["denied_as_recorded"]) == (5, 5)
    assert (answer["newly_denied"], answer["denied_otherwise"], answer["no_longer_denied"]) == (0, 0, 0)
    assert answer["orders"] == 17
    assert answer["not_judged"] == 1  # of the account that nobody has
    assert by_limit(answer) == {
        ("small", "MAX_ORDER_QUANTITY"): (2, 0),
        ("price_collar_percent", "PRICE_COLLAR"): (2, 0),
        ("tick_size", "PRICE_NOT_ON_TICK"): (1, 0),
    }


def test_tighter_limits_deny_what_is_expected_and_what_is_denied_takes_no_room(
    traded: RunningGateway, tmp_path: Path
) -> None:
    file = write(tmp_path / "l.yaml", "name: p, level: 'account:DEMO', kind: position, value: 55")
    answer = simulate(traded, file)
    # Five times 10 fit, two do not; then all that is open is canceled, and three more and one for 5 fit again.
    assert by_limit(answer)["p", "MAX_POSITION"] == (2, 2)
    assert (answer["newly_denied"], answer["denied_as_recorded"]) == (2, 5)
    examples = next(each["examples"] for each in answer["limits"] if each["limit"] == "p")
    assert [each["client_order_id"] for each in examples] == ["s-5", "s-6"]
    assert [(each["observed"], each["allowed"]) for each in examples] == [("60", "55"), ("60", "55")]
    text = cli("risk", "simulate", file, "-c", traded.config).out
    assert "as recorded 5, newly 2" in text
    assert "s-6" in text


def test_looser_limits_say_what_would_pass(traded: RunningGateway, tmp_path: Path) -> None:
    file = write(tmp_path / "l.yaml", "name: small, level: firm, kind: max_order_quantity, value: 200000")
    answer = simulate(traded, file)
    assert (answer["denied"], answer["newly_denied"], answer["no_longer_denied"]) == (4, 0, 1)
    assert [each["quantity"] for each in answer["would_pass"]] == ["1001"]
    # The limit of the section `limits` denies what this one does not any more.
    assert answer["denied_otherwise"] == 1
    assert simulate(traded, "--remove", "small") == simulate(traded, "--replace-all")


def test_limit_that_halts_keeps_out_what_comes_after(traded: RunningGateway, tmp_path: Path) -> None:
    halting = "name: h, level: 'account:DEMO', kind: max_order_quantity, value: 9, action: halt"
    answer = simulate(traded, write(tmp_path / "l.yaml", halting))
    assert by_limit(answer) == {
        ("h", "MAX_ORDER_QUANTITY"): (1, 1),
        ("trading_state", "TRADING_HALTED"): (16, 11),
    }
    denied = {each["limit"]: each["level"] for each in answer["limits"]}
    assert denied["trading_state"] == "account:DEMO"


def test_limits_that_reduce_and_warn_are_told_apart_from_denials(
    traded: RunningGateway, tmp_path: Path
) -> None:
    reducing = "name: r, level: firm, kind: max_order_quantity, value: 8, action: resize"
    answer = simulate(traded, write(tmp_path / "l.yaml", reducing))
    # Ten for 10, one for 20, and the two that the limit of the configuration and `small` have denied.
    assert (answer["resized"], answer["no_longer_denied"], answer["newly_denied"]) == (13, 2, 0)
    reduced = next(each for each in answer["limits"] if each["limit"] == "r")
    assert (reduced["code"], reduced["resized"], reduced["denied"]) == ("RESIZED", 13, 0)
    assert [(each["quantity"], each["sent"]) for each in reduced["examples"]] == [("10", "8")] * 5
    warning = "name: w, level: firm, kind: max_order_quantity, value: 9, action: warn"
    file = write(tmp_path / "l.yaml", warning)
    answer = simulate(traded, file)
    assert (answer["warnings"], answer["denied"], answer["denied_as_recorded"]) == (11, 5, 5)
    assert "warnings: 11" in cli("risk", "simulate", file, "-c", traded.config).out


def test_orders_of_a_file_are_judged_on_the_state_of_the_journal_or_on_nothing(
    traded: RunningGateway, tmp_path: Path
) -> None:
    limits = write(tmp_path / "l.yaml", "name: n, level: firm, kind: open_orders, count: 6")
    rows = "".join(f"DEMO,AAPL,buy,{quantity},180.00,test\n" for quantity in (1, 2, 1001, 4))
    orders = tmp_path / "orders.csv"
    orders.write_text("account,instrument,side,quantity,price,strategy\n" + rows)
    assert len(open_orders(traded)) == 5
    answer = simulate(traded, limits, "--orders", orders)
    assert answer["orders"] == 4
    assert by_limit(answer) == {("n", "MAX_OPEN_ORDERS"): (2, 2), ("small", "MAX_ORDER_QUANTITY"): (1, 1)}
    answer = simulate(traded, limits, "--orders", orders, "--empty")
    assert by_limit(answer) == {}  # `small` is in the journal alone
    (tmp_path / "orders.yaml").write_text("- {account: DEMO, instrument: AAPL, side: buy, quantity: x}\n")
    answer = simulate(traded, "--orders", tmp_path / "orders.yaml", "--empty")
    assert by_limit(answer) == {("quantity", "INVALID_QUANTITY"): (1, 1)}


def open_orders(gateway: RunningGateway) -> list[Any]:
    found: list[Any] = json.loads(cli("orders", "--open", "-c", gateway.config, "--json").out)
    return found


def limits_of(gateway: RunningGateway) -> Any:
    """The limits without what is used of them, which changes as time passes."""
    told = json.loads(cli("risk", "show", "-c", gateway.config, "--json").out)
    return without_use(told)


def without_use(told: Any) -> Any:
    if isinstance(told, dict):
        return {key: without_use(each) for key, each in told.items() if key not in ("value", "share_percent")}
    return [without_use(each) for each in told] if isinstance(told, list) else told


def test_garbage_is_refused_with_its_line(traded: RunningGateway, tmp_path: Path) -> None:
    file = write(tmp_path / "l.yaml", "name: x, level: 'account:NOBODY', kind: open_orders, count: 1")
    result = cli("risk", "simulate", file, "-c", traded.config)
    assert (result.code, "l.yaml:2:" in result.err, "is not configured" in result.err) == (2, True, True)
    orders = tmp_path / "orders.csv"
    orders.write_text("account,instrument,side,quantity\nDEMO,AAPL,up,1\n")
    result = cli("risk", "simulate", "--orders", orders, "-c", traded.config)
    assert (result.code, f"{orders}:2: expected one of buy" in result.err) == (2, True)


def test_running_gateway_and_its_journal_are_left_alone(traded: RunningGateway, tmp_path: Path) -> None:
    def events() -> list[bytes]:
        records = JournalReader(traded.folder / "journal")
        return [record.payload for record in records if record.kind.name == "EVENT"]

    before, files = events(), sorted(path.name for path in (traded.folder / "journal").iterdir())
    shown = limits_of(traded)
    simulate(traded, write(tmp_path / "l.yaml", "name: z, level: firm, kind: restricted"))
    assert events() == before
    assert sorted(path.name for path in (traded.folder / "journal").iterdir()) == files
    assert limits_of(traded) == shown
