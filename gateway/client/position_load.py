"""Positions at the start of the day, as they are loaded."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.client.decimals import Number, to_text
from gateway.client.enums import ChargeKind
from gateway.client.proto_enums import enumerator
from gateway.v1 import operations_pb2 as operations
from gateway.v1 import types_pb2 as types

__all__ = ["PositionsLoaded", "StartCharge", "StartOfDayPosition", "encode_charge", "encode_position"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCharge:
    """Commission or a fee that belongs to a position, or to a change of one."""

    kind: ChargeKind
    amount: Number
    currency: str
    type: str = ""
    """CommType(13) or MiscFeeType(139)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOfDayPosition:
    """One position."""

    account: str
    strategy: str
    instrument: str
    quantity: Number
    """Long is positive, short negative."""
    price: Number
    """Average price at which it was entered; zero or above."""
    charges: Sequence[StartCharge] = ()
    """Up to eight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionsLoaded:
    """What came of loading positions."""

    lsn: int
    """Where the journal records the last of them; 0 where nothing was left to do."""
    loaded: int
    """Positions that this call has set."""
    loaded_before: int
    """Positions that an earlier call with this batch_id had set."""


def encode_position(position: StartOfDayPosition) -> operations.StartOfDayPosition:
    """Write a position as the API takes it. Raises TypeError, ValueError for a number that is none."""
    return operations.StartOfDayPosition(
        account=position.account,
        strategy=position.strategy,
        instrument=position.instrument,
        quantity=to_text(position.quantity, "quantity"),
        price=to_text(position.price, "price"),
        charges=[encode_charge(charge) for charge in position.charges],
    )


def encode_charge(charge: StartCharge) -> types.Charge:
    """Write a charge as the API takes it. Raises TypeError, ValueError for a number that is none."""
    return types.Charge(
        kind=enumerator(charge.kind),
        amount=to_text(charge.amount, "amount"),
        currency=charge.currency,
        type=charge.type,
    )
