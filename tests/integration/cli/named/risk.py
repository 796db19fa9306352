"""Limits, overrides, phases of markets, the kill switch."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.integration.cli.named.world import Run, World, assert_in
from tests.integration.cli.processes import wait_until
from tests.integration.cli.submit import submit
from tests.unit.cli.cli_runner import gateway as cli

__all__ = ["RUNS"]

LIMIT = "limits:\n  - {{name: {name}, level: 'instrument:MSFT', kind: max_order_quantity, value: {value}}}\n"
TERMS = (
    "--of demo --instrument AAPL --side buy --quantity 100001 --waive max_order_quantity"
    " --waive max_order_notional --for 300"
)


def a_limit_file(world: World) -> dict[str, object]:
    name = f"limit-{world.number()}"
    return {"limit": name, "file": world.write(f"{name}.yaml", LIMIT.format(name=name, value=90_000))}


def a_tighter_file(world: World) -> dict[str, object]:
    """A limit in force, and a file that tightens it."""
    made = a_limit_file(world)
    world.cli("risk", "set", made["file"], "--reason", "test")
    made["file"] = world.write(f"{made['limit']}.yaml", LIMIT.format(name=made["limit"], value=80_000))
    return made


def a_denied_order(world: World) -> dict[str, object]:
    assert submit(world.running.ready["api"], f"huge-{world.number()}", quantity="100001").HasField("denial")
    return {}


def a_waiting_change(world: World) -> dict[str, object]:
    order = f"big-{world.number()}"
    asked = world.cli(*f"risk override --order {order} {TERMS} --reason block --client desk-1 --json".split())
    return {"order": order, "change": json.loads(asked.out)["change_id"]}


def an_approved_override(world: World) -> dict[str, object]:
    made = a_waiting_change(world)
    world.cli("risk", "approve", made["change"], "--reason", "seen", "--client", "desk-2")
    return made


def an_order_id(world: World) -> dict[str, object]:
    return {"order": f"big-{world.number()}"}


def a_phase(world: World) -> dict[str, object]:
    world.cli("risk", "phase", "instrument:EUR/USD", "pre_open", "--reason", "news")
    return {}


def a_halt(world: World) -> dict[str, object]:
    world.cli("kill-switch", "on", "--level", "instrument:EUR/USD", "--reason", "test")
    return {}


def is_listed(words: str) -> Callable[[World, dict[str, object]], None]:
    return lambda world, values: assert_in(world, words, str(values.get("order") or values.get("limit")))


def is_gone(world: World, values: dict[str, object]) -> None:
    assert str(values["order"]) not in world.cli("risk", "changes").out


def order_passes(world: World, values: dict[str, object]) -> None:
    result = submit(world.running.ready["api"], str(values["order"]), quantity="100001", price="172.00")
    assert not result.HasField("denial"), result


def orders_are_denied(world: World, _: dict[str, object]) -> None:
    terms = {"instrument": "EUR/USD", "quantity": "1000", "price": "1.08"}
    denied = submit(world.running.ready["api"], f"halted-{world.number()}", **terms)
    assert denied.HasField("denial")
    world.cli("kill-switch", "off", "--level", "instrument:EUR/USD", "--reason", "test")


def phase_is_over(world: World, _: dict[str, object]) -> None:
    world.cli("risk", "phase", "instrument:EUR/USD", "none", "--reason", "over")


def trading_goes_on(world: World, _: dict[str, object]) -> None:
    world.cli("kill-switch", "off", "--level", "instrument:EUR/USD", "--reason", "over")


def market_is_open_again(world: World, _: dict[str, object]) -> None:
    assert_in(world, "risk phases", "instrument:EUR/USD +closed +holiday")
    world.cli("risk", "phase", "instrument:EUR/USD", "none", "--reason", "open")


def in_the_history(world: World) -> dict[str, object]:
    made = a_limit_file(world)
    world.cli("risk", "set", made["file"], "--reason", "kept for history")
    shown = ("risk", "changes", "--history")
    wait_until(lambda: str(made["limit"]) in world.cli(*shown).out, "the database has the change")
    return made


def not_in_force(world: World, values: dict[str, object]) -> None:
    assert str(values["limit"]) not in cli("risk", "show").out


RUNS = (
    Run(
        ("gateway risk show",), "risk show",
        (r"limits, version \d+", "name +level +kind +terms +used +used % +source", "max_order_notional +firm",
         "default/position +firm .*file"),
    ),
    Run(
        ("gateway risk set FILE --reason R",), "risk set {file} --reason R",
        (r"limits, version \d+: 1 changed, 0 removed",), a_limit_file, is_listed("risk show"),
    ),
    Run(
        ("gateway risk override FILE --for SECONDS --reason R", "gateway risk override FILE --for S --reason R"),
        "risk override {file} --for 300 --reason R", (r"limits, version \d+: 1 changed",), a_tighter_file,
        lambda world, values: assert_in(world, "risk show", f"{values['limit']} .*80000.* override"),
    ),
    Run(
        (
            "gateway risk override --order ID --of CLIENT --instrument S --side buy --quantity Q --waive LIMIT"
            " --for SECONDS --reason R",
            "gateway risk override --order ID --of CLIENT ... --for S --reason R",
        ),
        f"risk override --order {{order}} {TERMS} --reason R --client desk-1",
        (r"change \d+ waits for another client: `gateway risk approve \d+", "limits are as they were"),
        an_order_id, is_listed("risk changes"),
    ),
    Run(
        ("gateway risk approve N", "gateway risk approve N --reason R"),
        "risk approve {change} --reason R --client desk-2", ("override {change}|limits, version",),
        a_waiting_change, order_passes,
    ),
    Run(
        ("gateway risk refuse N --reason R",), "risk refuse {change} --reason R --client desk-2",
        ("{change} is ended",), a_waiting_change, is_gone,
    ),
    Run(("gateway risk changes",), "risk changes", ("{order}", "desk-1"), a_waiting_change),
    Run(
        ("gateway risk changes --history",), "risk changes --history", ("{limit}", "kept for history"),
        in_the_history,
    ),
    Run(
        ("gateway risk phase", "gateway risk phase LEVEL PHASE --reason R"),
        "risk phase instrument:EUR/USD closed --reason holiday", (r"instrument:EUR/USD is closed \(lsn \d+\)",),
        after=market_is_open_again,
    ),
    Run(
        ("gateway risk phases",), "risk phases", ("level +phase +reason +by", "instrument:EUR/USD +pre_open +news"),
        a_phase, phase_is_over,
    ),
    Run(
        ("gateway risk check", "gateway risk check --account A --instrument I --side S --quantity Q",
         "gateway risk check --account A ..."),
        "risk check --account DEMO --instrument AAPL --side buy --quantity 100001",
        ("it would be denied: MAX_ORDER_", "max_order_quantity", "100001"), codes=(5,),
        after=lambda world, _: assert_in(
            world, "risk check --account DEMO --instrument AAPL --side buy --quantity 10 --price 185", "it would pass"
        ),
    ),
    Run(
        ("gateway risk check --order ID",),
        "risk check --order {order} --account DEMO --instrument AAPL --side buy --quantity 100001 --price 172.00"
        " --client demo",
        ("it would pass", "override {change}"), an_approved_override,
    ),
    Run(
        ("gateway risk check FILE",), "risk check {file}",
        ("{limit}", "would change at once; nothing was changed"), a_limit_file,
        not_in_force,
    ),
    Run(
        ("gateway risk simulate", "gateway risk simulate [FILE]", "gateway risk simulate FILE"), "risk simulate {file}",
        (r"judged .*: \d+ orders, \d+ replaces", r"denied: \d+", r"sent with less: \d+", r"warnings: \d+", "MAX_ORDER"),
        lambda world: {**a_limit_file(world), **a_denied_order(world)},
    ),
    Run(
        ("gateway risk analytics", "gateway risk analytics --level LEVEL"), "risk analytics --level firm",
        ("no sample has been taken yet|sample of .* UTC, in USD",),
    ),
    Run(
        ("gateway kill-switch on --level L --reason R", "gateway kill-switch on --level LEVEL --reason WHY",
         "gateway kill-switch on --level instrument:NAME --reason WHY"),
        "kill-switch on --level instrument:EUR/USD --reason WHY", ("trading is halted at instrument:EUR/USD",),
        after=orders_are_denied,
    ),
    Run(
        ("gateway kill-switch off --level L --reason R", "gateway kill-switch off --level LEVEL --reason WHY"),
        "kill-switch off --level instrument:EUR/USD --reason WHY",
        ("trading is on at instrument:EUR/USD .*a halt at another level still holds",), a_halt,
        lambda world, _: assert_in(world, "kill-switch status", "instrument:EUR/USD"),
    ),
    Run(
        ("gateway kill-switch status",), "kill-switch status",
        ("instrument:EUR/USD +HALTED .*test",), a_halt, trading_goes_on,
    ),
)  # fmt: skip
