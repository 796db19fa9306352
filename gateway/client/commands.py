"""What a client asks for. A command's id is made once and stays with it: sent twice, it is done once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from uuid import uuid4

from gateway.client.decimals import Number, to_text
from gateway.client.enums import (
    LinkKind,
    OrderType,
    PartialFillPolicy,
    ReleasePolicy,
    Side,
    TimeInForce,
)
from gateway.client.proto_enums import enumerator
from gateway.client.terms import OrderTerms, encode_terms
from gateway.v1 import order_entry_pb2 as order_entry

__all__ = [
    "Cancel",
    "Command",
    "IdFactory",
    "LinkedOrders",
    "MassCancel",
    "NewOrder",
    "Replace",
    "encode",
    "random_id",
    "request_id_of",
    "with_id",
    "with_order_ids",
]

IdFactory = Callable[[], str]
"""Makes ids of 1 to 40 bytes, never the same twice for one client."""

_ID_BYTES_MAX = 40


def random_id() -> str:
    """Make an id: 32 hexadecimal digits of a random UUID."""
    return uuid4().hex


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder:
    """A new order. Empty account, strategy and id are filled in by the client; a price makes it a limit
    order.
    """

    instrument: str
    side: Side
    quantity: Number
    price: Number | None = None
    account: str = ""
    strategy: str = ""
    order_type: OrderType | None = None
    time_in_force: TimeInForce = TimeInForce.DAY
    venue: str = ""
    client_order_id: str = ""
    terms: OrderTerms | None = None
    """Stop price, display quantity and whatever else few orders have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replace:
    """New terms for the order with this `client_order_id` or `order_id`; None keeps a term."""

    client_order_id: str = ""
    order_id: int = 0
    quantity: Number | None = None
    price: Number | None = None
    client_request_id: str = ""
    terms: OrderTerms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Cancels what is left of the order with this `client_order_id` or `order_id`."""

    client_order_id: str = ""
    order_id: int = 0
    client_request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedOrders:
    """Orders that the gateway holds together: all of them are accepted, or none is.

    OCO: two to four of one instrument, side and quantity. OTO: the one that is sent at once, then one to
    three that wait for it. Bracket: entry, take profit, stop.
    """

    kind: LinkKind
    orders: tuple[NewOrder, ...]
    on_partial_fill: PartialFillPolicy = PartialFillPolicy.REDUCE
    release: ReleasePolicy = ReleasePolicy.ON_FULL_FILL
    client_request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MassCancel:
    """Cancels the client's open orders that fit; what is empty fits all.

    It reaches orders that come before it in the same batch, and none that come after. Repeated with its id it cancels
    nothing more.
    """

    account: str = ""
    strategy: str = ""
    instrument: str = ""
    client_request_id: str = ""


Command = NewOrder | Replace | Cancel | LinkedOrders | MassCancel


def request_id_of(command: Command) -> str:
    """Get the id by which the gateway knows a command again."""
    return command.client_order_id if isinstance(command, NewOrder) else command.client_request_id


def with_id(command: Command, make_id: IdFactory) -> Command:
    """Get the command with an id, its own or a new one. Raises ValueError for an id longer than the gateway
    takes.
    """
    if own := request_id_of(command):
        if len(own.encode()) > _ID_BYTES_MAX:
            raise ValueError(f"expected an id of at most {_ID_BYTES_MAX} bytes, was {own!r}")
        return command
    if isinstance(command, NewOrder):
        return replace(command, client_order_id=make_id())
    return replace(command, client_request_id=make_id())


def with_order_ids(orders: Iterable[NewOrder], make_id: IdFactory) -> tuple[NewOrder, ...]:
    """Get the orders of a link, each with an id, its own or a new one. Errors as `with_id`."""
    complete = (with_id(order, make_id) for order in orders)
    return tuple(order for order in complete if isinstance(order, NewOrder))


def encode(command: Command) -> order_entry.Command:
    """Make the API's message. Raises TypeError for floats, ValueError for text that is no number."""
    match command:
        case NewOrder():
            return order_entry.Command(new_order=_new_order(command))
        case Replace():
            return order_entry.Command(
                replace=order_entry.ReplaceCommand(
                    client_request_id=command.client_request_id,
                    order_id=command.order_id,
                    client_order_id=command.client_order_id,
                    quantity=_optional(command.quantity, "quantity"),
                    price=_optional(command.price, "price"),
                    terms=encode_terms(command.terms),
                )
            )
        case Cancel():
            return order_entry.Command(
                cancel=order_entry.CancelCommand(
                    client_request_id=command.client_request_id,
                    order_id=command.order_id,
                    client_order_id=command.client_order_id,
                )
            )
        case LinkedOrders():
            return order_entry.Command(linked_orders=_linked(command))
        case MassCancel():
            return order_entry.Command(
                mass_cancel=order_entry.MassCancelCommand(
                    client_request_id=command.client_request_id,
                    account=command.account,
                    strategy=command.strategy,
                    instrument=command.instrument,
                )
            )


def _linked(command: LinkedOrders) -> order_entry.LinkedOrders:
    return order_entry.LinkedOrders(
        client_request_id=command.client_request_id,
        kind=enumerator(command.kind),
        on_partial_fill=enumerator(command.on_partial_fill),
        release=enumerator(command.release),
        orders=[_new_order(order) for order in command.orders],
    )


def _new_order(order: NewOrder) -> order_entry.NewOrder:
    order_type = order.order_type
    if order_type is None:
        order_type = OrderType.MARKET if order.price is None else OrderType.LIMIT
    return order_entry.NewOrder(
        client_order_id=order.client_order_id,
        account=order.account,
        strategy=order.strategy,
        instrument=order.instrument,
        venue=order.venue,
        side=enumerator(order.side),
        order_type=enumerator(order_type),
        time_in_force=enumerator(order.time_in_force),
        quantity=to_text(order.quantity, "quantity"),
        price=_optional(order.price, "price"),
        terms=encode_terms(order.terms),
    )


def _optional(value: Number | None, name: str) -> str:
    return "" if value is None else to_text(value, name)
