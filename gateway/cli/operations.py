"""`gateway orders resolve` and `gateway positions adjust`: what operators decide."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from gateway.cli.connection import connect
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.options import Address, Client, Config, Json
from gateway.cli.output import as_dict, print_json
from gateway.v1 import operations_pb2, types_pb2

__all__ = ["adjust_position", "resolve_order", "split_positions"]

Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept in the journal with your name.")]


class Outcome(StrEnum):
    """How an order ended, or that it works."""

    NEW = "new"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    DONE_FOR_DAY = "done-for-day"
    FILLED = "filled"
    NOT_SENT = "not-sent"


class Kind(StrEnum):
    """What changes a position."""

    START_OF_DAY = "start-of-day"
    CORRECTION = "correction"


def resolve_order(
    order_id: Annotated[int, typer.Argument(help="The gateway's id of the order.")],
    outcome: Annotated[
        Outcome, typer.Option("--outcome", help="How it ended at the venue; new: it works as shown here.")
    ],
    reason: Reason,
    filled: Annotated[
        str, typer.Option("--filled", help="CumQty at the venue, where it is more than is shown here.")
    ] = "",
    average_price: Annotated[
        str, typer.Option("--average-price", help="AvgPx at the venue, with --filled.")
    ] = "",
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """End the doubt about an order that is UNKNOWN or counted otherwise by the venue.

    Ask the venue first. What the venue says later still counts: a fill that comes takes the place of one that was
    booked by --filled.
    """
    request = operations_pb2.ResolveOrderRequest(
        order_id=order_id,
        outcome=f"ORDER_STATUS_{outcome.name}",
        cum_quantity=filled,
        average_price=average_price,
        reason=reason,
    )
    with connect(config, address, client) as connection:
        answer = connection.ask("Operations/ResolveOrder", request, operations_pb2.ResolveOrderResponse)
    if as_json:
        print_json(as_dict(answer))
        return
    status = types_pb2.OrderStatus.Name(answer.status).removeprefix("ORDER_STATUS_")
    print(f"order {order_id} is {status} (lsn {answer.lsn})")


def adjust_position(
    kind: Annotated[
        Kind, typer.Option("--kind", help="start-of-day sets the position, correction adds to it.")
    ],
    account: Annotated[str, typer.Option("--account", help="Account of the position.")],
    strategy: Annotated[str, typer.Option("--strategy", help="Its strategy.")],
    instrument: Annotated[str, typer.Option("--instrument", help="Its symbol.")],
    quantity: Annotated[str, typer.Option("--quantity", help="Bought is positive, sold negative.")],
    price: Annotated[
        str, typer.Option("--price", help="At which price: of a start of the day, the average.")
    ],
    reason: Reason,
    commission: Annotated[
        list[str] | None,
        typer.Option("--commission", metavar="AMOUNT:CURRENCY", help="Paid for it; also several."),
    ] = None,
    fee: Annotated[
        list[str] | None, typer.Option("--fee", metavar="AMOUNT:CURRENCY", help="Paid for it; also several.")
    ] = None,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Set a position at the start of the day, or correct it."""
    request = operations_pb2.AdjustPositionRequest(
        kind=f"POSITION_ADJUSTMENT_KIND_{kind.name}",
        account=account,
        strategy=strategy,
        instrument=instrument,
        quantity=quantity,
        price=price,
        reason=reason,
        charges=[
            _charge(paid_for, text)
            for paid_for, texts in (
                (types_pb2.CHARGE_KIND_COMMISSION, commission),
                (types_pb2.CHARGE_KIND_FEE, fee),
            )
            for text in texts or ()
        ],
    )
    with connect(config, address, client) as connection:
        answer = connection.ask("Operations/AdjustPosition", request, operations_pb2.AdjustPositionResponse)
    if as_json:
        print_json(as_dict(answer))
        return
    print(f"the position of {account}, {strategy}, {instrument} is changed (lsn {answer.lsn})")


def split_positions(
    instrument: Annotated[str, typer.Argument(metavar="SYMBOL", help="The instrument that was split.")],
    ratio: Annotated[
        str, typer.Argument(metavar="NEW:OLD", help="2:1 makes two units of each, 1:10 one of ten.")
    ],
    split_id: Annotated[
        str, typer.Option("--id", help="Names this split for ever: repeated under it, nothing happens twice.")
    ],
    reason: Reason,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Split every position of an instrument, of all accounts and strategies, in one step.

    Quantities are multiplied, average prices divided; what was realised stays, and so does a fraction of a unit: enter
    what the broker paid for it with `gateway positions adjust --kind correction`. The reference price is divided too,
    where one was set while running. Open orders are restated by their venue.
    """
    new_units, colon, old_units = ratio.partition(":")
    if not colon:
        raise typer.BadParameter(f"expected NEW:OLD such as 2:1, was {ratio!r}", param_hint="NEW:OLD")
    request = operations_pb2.SplitPositionsRequest(
        instrument=instrument, new_units=new_units, old_units=old_units, split_id=split_id, reason=reason
    )
    with connect(config, address, client) as connection:
        answer = connection.ask("Operations/SplitPositions", request, operations_pb2.SplitPositionsResponse)
    if as_json:
        print_json(as_dict(answer))
    elif answer.done_before:
        print(f"split {split_id} of {instrument} was done before: nothing has changed")
    else:
        print(f"{answer.positions} positions in {instrument} are split {ratio} (lsn {answer.lsn})")


def _charge(kind: types_pb2.ChargeKind, text: str) -> types_pb2.Charge:
    amount, _, currency = text.partition(":")
    if not amount or not currency:
        raise CommandFailure(f"expected AMOUNT:CURRENCY, such as 1.25:USD, was {text!r}", ExitCode.USAGE)
    return types_pb2.Charge(kind=kind, amount=amount, currency=currency)
