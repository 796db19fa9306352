"""Orders, positions, prices and rates."""

from __future__ import annotations

import signal

from gateway.v1 import types_pb2
from tests.integration.cli.named.world import Run, World, assert_in
from tests.integration.cli.processes import wait_until
from tests.integration.cli.submit import submit
from tests.unit.cli.cli_runner import gateway as cli

__all__ = ["RUNS"]


def an_order(world: World) -> dict[str, object]:
    return {"order": world.order()}


def two_orders(world: World) -> dict[str, object]:
    return {"order": world.order(), "other": world.order()}


def a_trade(world: World) -> dict[str, object]:
    """Two orders of the same account that trade with each other at the venue."""
    bought = world.order(price="185.00")
    submit(world.running.ready["api"], f"sell-{world.number()}", side=types_pb2.SIDE_SELL, strategy="other")
    wait_until(lambda: "FILLED" in world.cli("order", bought).out, "order is filled")
    return {"order": bought}


def a_position_to_split(world: World) -> dict[str, object]:
    terms = "--kind start-of-day --account DEMO --strategy split --instrument EUR/USD --quantity 1000 --price 1.08"
    world.cli("positions", "adjust", *terms.split(), "--reason", "test")
    return {}


def an_order_in_doubt(world: World) -> dict[str, object]:
    """The venue is stopped before it answers, and its connection breaks: nobody knows what it has made of it."""
    world.doubt.send_signal(signal.SIGSTOP)
    mine = f"doubt-{world.number()}"
    order = submit(world.running.ready["api"], mine, instrument="MSFT", price="400.00").order_id
    world.doubt.kill()
    wait_until(lambda: "UNKNOWN" in world.cli("order", mine).out, "order is in doubt")
    assert str(order) in world.cli("orders", "--open").out
    return {"order": order}


def positions_file(world: World) -> dict[str, object]:
    number = world.number()
    text = f"account,strategy,instrument,quantity,price\nDEMO,file-{number},AAPL,5,180.00\n"
    return {"file": world.write(f"positions-{number}.csv", text), "number": number}


def prices_file(world: World) -> dict[str, object]:
    return {"file": world.write("prices.yaml", "AAPL: 190.25\nMSFT: 415.50\n")}


def a_rate(world: World) -> dict[str, object]:
    world.cli("rates", "set", "CHF", "USD", "1.1")
    return {}


def bid_and_ask(world: World) -> dict[str, object]:
    text = "AAPL: {price: 190.00, bid: 189.99, ask: 190.01}\n"
    world.cli("prices", "load", world.write("quotes.yaml", text))
    return {}


def is_canceled(world: World, values: dict[str, object]) -> None:
    wait_until(lambda: "CANCELED" in world.cli("order", values["order"]).out, "the venue has canceled it")


def is_loaded_once(world: World, values: dict[str, object]) -> None:
    again = world.cli("positions", "load", values["file"], "--batch", f"day-{values['number']}")
    assert "before" in again.out, again.out


def is_split_once(world: World, _: dict[str, object]) -> None:
    again = world.cli("positions", "split", "EUR/USD", "2:1", "--id", "split-1", "--reason", "split")
    assert "was done before: nothing has changed" in again.out
    assert_in(world, "positions", r"DEMO +split +EUR/USD +2000")


def is_resolved(world: World, values: dict[str, object]) -> None:
    assert "CANCELED" in world.cli("order", values["order"]).out
    assert "said by the desk" in world.cli("audit").out
    assert cli("orders", "resolve", values["order"], "--outcome", "canceled", "--reason", "again").code == 5


RUNS = (
    Run(("gateway orders [--open]", "gateway orders --open"), "orders --open", (r"{order} ", "NEW"), an_order),
    Run(("gateway orders list",), "orders list", (r"(?s)\b{other} .*\b{order} ",), two_orders),
    Run(
        ("gateway orders show ID",), "orders show {order}",
        ("(?s)OrderAccepted.*ExecutionReported", r"35=D\|", r"35=8\|"), an_order,
    ),
    Run(
        ("gateway orders cancel ID...",), "orders cancel {order} {other}",
        (r"cancel 2 orders\?", "{order} +asked for", "{other} +asked for"), two_orders, is_canceled,
    ),
    Run(
        (
            "gateway orders resolve",
            "gateway orders resolve ID --outcome O --reason R",
            'gateway orders resolve ID --outcome canceled --reason "who said it, and when"',
        ),
        'orders resolve {order} --outcome canceled --reason "said by the desk, 10:15"',
        ("order {order} is CANCELED",), an_order_in_doubt, is_resolved,
    ),
    Run(("gateway order ID",), "order {order}", ("AAPL", "NEW", "175"), an_order),
    Run(
        ("gateway positions",), "positions",
        (r"account +strategy +instrument", r"DEMO +test +AAPL", r"DEMO +other +AAPL"), a_trade,
    ),
    Run(("gateway positions --json",), "positions --json", ('"net_quantity": "-?\\d+"', '"account": "DEMO"'), a_trade),
    Run(
        ("gateway positions adjust", "gateway positions adjust --kind K ...",
         "gateway positions adjust --kind start-of-day ..."),
        "positions adjust --kind start-of-day --account DEMO --strategy day --instrument AAPL --quantity 100"
        ' --price 181.00 --reason "start of the day"',
        ("the position of DEMO, day, AAPL is changed",),
        after=lambda world, _: assert_in(world, "positions", r"DEMO +day +AAPL +100"),
    ),
    Run(
        ("gateway positions adjust --kind correction --quantity 0 --price 0 --commission AMOUNT:CURRENCY",),
        "positions adjust --kind correction --quantity 0 --price 0 --commission 1.25:USD --account DEMO"
        " --strategy paid --instrument AAPL --reason forgotten",
        ("the position of DEMO, paid, AAPL is changed",),
        after=lambda world, _: assert_in(world, "positions", r"DEMO +paid +AAPL .*1\.25 USD"),
    ),
    Run(
        ("gateway positions load FILE", "gateway positions load FILE --batch ID"),
        "positions load {file} --batch day-{number}", ("batch day-{number}: 1 positions loaded",),
        positions_file, is_loaded_once,
    ),
    Run(
        ("gateway positions split", "gateway positions split SYMBOL NEW:OLD --id ID --reason R"),
        "positions split EUR/USD 2:1 --id split-1 --reason split", (r"\d+ positions in EUR/USD are split 2:1",),
        a_position_to_split, is_split_once,
    ),
    Run(
        ("gateway positions sum", "gateway positions sum --by account --by currency"),
        "positions sum --by account --by currency",
        ("account +net +currency +realized +unrealized +commission +fees +total", "DEMO .*USD"), a_trade,
    ),
    Run(("gateway rates",), "rates", ("1 CHF +1.1 USD",), a_rate),
    Run(
        ("gateway rates set EUR USD 1.085",), "rates set EUR USD 1.085", (r"1 EUR is 1\.085 USD \(lsn \d+\)",),
        after=lambda world, _: assert_in(world, "rates", r"1 EUR +1\.085 USD"),
    ),
    Run(("gateway prices list",), "prices list", ("AAPL +1?\\d+", "MSFT", "EUR/USD")),
    Run(
        ("gateway prices load", "gateway prices load FILE"), "prices load {file}",
        ("2 reference prices are set",), prices_file,
        lambda world, _: assert_in(world, "prices list", r"AAPL +190\.25"),
    ),
    Run(
        ("gateway quotes [INSTRUMENT...]",), "quotes AAPL",
        ("instrument +bid +ask +mid +last +close +band", r"AAPL +189\.99 +190\.01"), bid_and_ask,
    ),
)  # fmt: skip
