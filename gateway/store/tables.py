"""The tables: what the journal says, arranged for questions.

Every row is derived from events of the journal and can be thrown away and derived again; nothing here is a
source. Enumerations are kept as their names without prefix (`PARTIALLY_FILLED`), because people read these
tables with SQL. `lsn` columns name the event that a row stems from or that changed it last, so every row
leads back to the journal.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from gateway.store.columns import MONEY_SCALE, NUMBER_SCALE, Number, Total, nanoseconds

__all__ = [
    "charges",
    "denials",
    "events",
    "executions",
    "instruments",
    "limit_changes",
    "limits",
    "metadata",
    "orders",
    "orphans",
    "position_charges",
    "positions",
    "projection",
    "rates",
    "reference_prices",
    "requests",
    "sessions",
    "trading_states",
]

# Text is cut to these lengths on its way in: PostgreSQL refuses to index long values, and a venue may send
# any text. The whole of it stays in `events.payload`.
NAME_MAX = 128
TEXT_MAX = 2048

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), primary_key=True, autoincrement=False)


def _id(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _name(name: str, *, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(NAME_MAX), nullable=False, primary_key=primary_key)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _later(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    """Make a column that came later: NULL in rows of before it, which a rebuild fills."""
    return sa.Column(name, kind, nullable=True)


def _terms() -> tuple[sa.Column[Any], ...]:
    """Make the columns of terms that few orders have; empty or NULL where an order has none."""
    return (
        _later("stop_price", Number()),
        _later("display_quantity", Number()),
        _later("min_quantity", Number()),
        _later("price_offset", Number()),
        _later("offset_type", sa.String(NAME_MAX)),
        _later("expire_ns", sa.BigInteger()),
        _later("expire_date", sa.String(NAME_MAX)),
        _later("exec_inst", sa.String(NAME_MAX)),
        _later("target_strategy", sa.String(NAME_MAX)),
        _later("target_strategy_parameters", sa.Text()),
        # A JSON list of [name, type, value].
        _later("strategy_parameters", sa.Text()),
    )


def _number(name: str, *, nullable: bool = True) -> sa.Column[Number]:
    return sa.Column(name, Number(), nullable=nullable)


projection = sa.Table(
    "projection",
    metadata,
    sa.Column("projection_id", sa.SmallInteger(), primary_key=True, autoincrement=False),
    _name("journal_id"),
    _id("lsn"),
    _id("events_count"),
    nanoseconds("updated_ns"),
    sa.CheckConstraint("projection_id = 1", name="single_row"),
)

events = sa.Table(
    "events",
    metadata,
    _key("lsn"),
    nanoseconds("time_ns"),
    _name("kind"),
    _name("client"),
    _id("order_id", nullable=True),
    _name("session"),
    # The event's exact bytes. They are what a subscriber gets, cost no conversion and about a third of the
    # room of JSON; a reader that wants JSON has the schema to make it (gateway.store.queries.event_as_json).
    sa.Column("payload", sa.LargeBinary(), nullable=False),
    sa.Index(None, "order_id", "lsn"),
    sa.Index(None, "time_ns"),
)

orders = sa.Table(
    "orders",
    metadata,
    _key("order_id"),
    _name("client"),
    _name("client_order_id"),
    _name("account"),
    _name("strategy"),
    _name("instrument"),
    _name("venue"),
    _name("side"),
    _name("order_type"),
    _name("time_in_force"),
    _name("status"),
    _name("execution_state"),
    sa.Column("is_open", sa.Boolean(), nullable=False),
    _number("quantity"),
    _number("price"),
    _number("cum_quantity", nullable=False),
    _number("leaves_quantity", nullable=False),
    _number("average_price"),
    # Replaces and cancels that wait for the venue's answer.
    sa.Column("pending_replaces", sa.SmallInteger(), nullable=False),
    sa.Column("pending_cancels", sa.SmallInteger(), nullable=False),
    _name("cl_ord_id"),
    _name("venue_order_id"),
    _name("denial_code"),
    _text("reason"),
    nanoseconds("created_ns"),
    nanoseconds("updated_ns"),
    _id("created_lsn"),
    _id("lsn"),
    *_terms(),
    sa.Index(None, "client", "client_order_id"),
    sa.Index(None, "instrument", "created_ns"),
    sa.Index(None, "created_ns"),
    sa.Index(None, "venue_order_id"),
    sa.Index(
        "ix_orders_open", "order_id", sqlite_where=sa.text("is_open"), postgresql_where=sa.text("is_open")
    ),
)

requests = sa.Table(
    "requests",
    metadata,
    _key("request_id"),
    # None for a replace or cancel that was denied because no such order was found.
    sa.Column("order_id", sa.ForeignKey(orders.c.order_id), nullable=True),
    _name("client"),
    _name("kind"),
    _name("client_request_id"),
    _name("cl_ord_id"),
    _name("orig_cl_ord_id"),
    _number("quantity"),
    _number("price"),
    _name("state"),
    _name("denial_code"),
    _id("reject_reason"),
    _text("reason"),
    nanoseconds("created_ns"),
    nanoseconds("updated_ns"),
    _id("created_lsn"),
    _id("lsn"),
    *_terms(),
    sa.Index(None, "order_id", "created_lsn"),
    sa.Index(None, "cl_ord_id"),
    sa.Index(None, "client_request_id"),
)

executions = sa.Table(
    "executions",
    metadata,
    _key("lsn"),
    nanoseconds("time_ns"),
    sa.Column("order_id", sa.ForeignKey(orders.c.order_id), nullable=False),
    _id("request_id"),
    _name("exec_id"),
    _name("exec_ref_id"),
    _name("exec_type"),
    _name("cl_ord_id"),
    _name("venue_order_id"),
    _name("client"),
    _name("client_order_id"),
    _name("account"),
    _name("strategy"),
    _name("instrument"),
    _name("venue"),
    _name("side"),
    _number("last_quantity"),
    _number("last_price"),
    # True for a trade that counts: neither cancelled nor corrected since.
    sa.Column("is_live", sa.Boolean(), nullable=False),
    # The report that cancelled or corrected it.
    _id("ended_by_lsn", nullable=True),
    _name("status"),
    _number("quantity"),
    _number("price"),
    _number("cum_quantity", nullable=False),
    _number("leaves_quantity", nullable=False),
    _number("average_price"),
    sa.Column("cum_quantity_differs", sa.Boolean(), nullable=False),
    _id("reject_reason"),
    _text("text"),
    nanoseconds("transact_ns", nullable=True),
    # The drop copy session that told of it first; empty for the order session.
    _later("drop_copy", sa.String(NAME_MAX)),
    # Some of its commission or fees could not be booked.
    _later("charges_incomplete", sa.Boolean()),
    sa.Index(None, "order_id", "lsn"),
    sa.Index(None, "time_ns"),
    sa.Index(None, "instrument", "time_ns"),
    sa.Index(None, "exec_id"),
)

positions = sa.Table(
    "positions",
    metadata,
    _name("account", primary_key=True),
    _name("strategy", primary_key=True),
    _name("instrument", primary_key=True),
    # Sums of live trades and nothing else, so that a cancelled or corrected trade leaves no trace in them and
    # their value does not hang on the order of events. Net quantity is bought minus sold.
    sa.Column("net_quantity", Total(NUMBER_SCALE), nullable=False),
    sa.Column("bought_quantity", Total(NUMBER_SCALE), nullable=False),
    sa.Column("sold_quantity", Total(NUMBER_SCALE), nullable=False),
    sa.Column("bought_money", Total(MONEY_SCALE), nullable=False),
    sa.Column("sold_money", Total(MONEY_SCALE), nullable=False),
    nanoseconds("updated_ns"),
    _id("lsn"),
)

charges = sa.Table(
    "charges",
    metadata,
    # The event, and the charge's place in it.
    _key("lsn"),
    sa.Column("ordinal", sa.SmallInteger(), primary_key=True, autoincrement=False),
    nanoseconds("time_ns"),
    # None for what an operator has set.
    _id("order_id", nullable=True),
    # The trade that it belongs to, and its corrections with it; None where it is the order's as a whole.
    _id("trade_lsn", nullable=True),
    _name("account"),
    _name("strategy"),
    _name("instrument"),
    _name("kind"),
    sa.Column("amount", Number(), nullable=False),
    _name("currency"),
    _name("type"),
    # False for what a cancel or correction of its trade has taken back.
    sa.Column("is_live", sa.Boolean(), nullable=False),
    _id("ended_by_lsn", nullable=True),
    sa.Index(None, "order_id"),
    sa.Index(None, "time_ns"),
)

position_charges = sa.Table(
    "position_charges",
    metadata,
    _name("account", primary_key=True),
    _name("strategy", primary_key=True),
    _name("instrument", primary_key=True),
    _name("currency", primary_key=True),
    sa.Column("commission", Total(NUMBER_SCALE), nullable=False),
    sa.Column("fees", Total(NUMBER_SCALE), nullable=False),
    nanoseconds("updated_ns"),
    _id("lsn"),
)

instruments = sa.Table(
    "instruments",
    metadata,
    _name("instrument", primary_key=True),
    _name("venue"),
    _name("currency"),
    sa.Column("multiplier", Number(), nullable=False),
    _name("asset_class"),
    _name("sector"),
    _name("region"),
    nanoseconds("changed_ns"),
    _id("lsn"),
)

rates = sa.Table(
    "rates",
    metadata,
    _name("from_currency", primary_key=True),
    _name("to_currency", primary_key=True),
    sa.Column("rate", Number(), nullable=False),
    _text("source"),
    nanoseconds("as_of_ns"),
    nanoseconds("changed_ns"),
    _id("lsn"),
)

sessions = sa.Table(
    "sessions",
    metadata,
    _name("session", primary_key=True),
    _name("state"),
    _text("reason"),
    nanoseconds("changed_ns", nullable=True),
    # As of the last SequenceChanged; single messages do not move them here.
    _id("next_in", nullable=True),
    _id("next_out", nullable=True),
    _text("sequence_reason"),
    nanoseconds("sequence_ns", nullable=True),
    nanoseconds("reset_ns", nullable=True),
    _id("ready_count"),
    _id("lsn"),
)

trading_states = sa.Table(
    "trading_states",
    metadata,
    _name("level", primary_key=True),
    _name("state"),
    _text("reason"),
    _name("changed_by"),
    nanoseconds("changed_ns"),
    _id("lsn"),
)

limits = sa.Table(
    "limits",
    metadata,
    _name("name", primary_key=True),
    _name("level"),
    _name("second_level"),
    _name("kind"),
    _number("value"),
    _id("count"),
    nanoseconds("window_ns"),
    _name("unit"),
    _name("reference"),
    _name("action"),
    _name("crossing"),
    _id("reserve"),
    _number("capital"),
    sa.Column("is_disabled", sa.Boolean(), nullable=False),
    sa.Column("allows_missing_reference", sa.Boolean(), nullable=False),
    # Both NULL in rows that are older than the columns, until a rebuild.
    sa.Column("includes_charges", sa.Boolean(), nullable=True),
    sa.Column("currency", sa.String(NAME_MAX), nullable=True),
    # Not in force any more; the terms are its last.
    sa.Column("is_removed", sa.Boolean(), nullable=False),
    # The set of limits that it came to its terms with.
    _id("version"),
    _name("changed_by"),
    _name("approved_by"),
    nanoseconds("changed_ns"),
    _id("lsn"),
)

limit_changes = sa.Table(
    "limit_changes",
    metadata,
    # The event, and the change's place in it.
    _key("lsn"),
    sa.Column("ordinal", sa.SmallInteger(), primary_key=True, autoincrement=False),
    nanoseconds("time_ns"),
    _id("version"),
    _id("part"),
    # False for parts of a change whose last part never came: they have changed nothing.
    sa.Column("is_effective", sa.Boolean(), nullable=False),
    _name("name"),
    _name("changed_by"),
    _name("approved_by"),
    _text("reason"),
    # JSON of a gateway.v1.Limit; empty where the limit is new, and where it was removed.
    _text("before"),
    _text("after"),
    sa.Index(None, "name", "lsn"),
    sa.Index(None, "version"),
)

reference_prices = sa.Table(
    "reference_prices",
    metadata,
    _name("instrument", primary_key=True),
    sa.Column("price", Number(), nullable=False),
    nanoseconds("changed_ns"),
    _id("lsn"),
)

orphans = sa.Table(
    "orphans",
    metadata,
    _key("lsn"),
    nanoseconds("time_ns"),
    _name("session"),
    _name("cl_ord_id"),
    _name("venue_order_id"),
    _name("exec_id"),
    _name("exec_type"),
    _name("account"),
    _name("instrument"),
    _name("side"),
    _number("last_quantity"),
    _number("last_price"),
    _text("text"),
    sa.Index(None, "time_ns"),
    sa.Index(None, "exec_id"),
)

denials = sa.Table(
    "denials",
    metadata,
    _key("lsn"),
    nanoseconds("time_ns"),
    _name("kind"),
    _name("client"),
    # Without a foreign key: a refused replace or cancel may name an order that does not exist.
    _id("order_id", nullable=True),
    _id("request_id"),
    _name("client_request_id"),
    _name("account"),
    _name("strategy"),
    _name("instrument"),
    _name("code"),
    _name("limit_name"),
    _name("level"),
    _text("observed"),
    _text("allowed"),
    sa.Index(None, "code", "time_ns"),
    sa.Index(None, "client", "time_ns"),
    sa.Index(None, "time_ns"),
)
