"""The first tables: orders, executions, positions, sessions and what else the journal tells."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# A revision says what the tables were when it was written, so it repeats what gateway.store.columns decides
# today.


def number() -> sa.types.TypeEngine:
    return sa.Numeric(28, 8).with_variant(sa.BigInteger(), "sqlite")


def total(places: int) -> sa.types.TypeEngine:
    return sa.Numeric(56, places).with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "denials",
        sa.Column("lsn", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time_ns", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=128), nullable=False),
        sa.Column("client", sa.String(length=128), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("client_request_id", sa.String(length=128), nullable=False),
        sa.Column("account", sa.String(length=128), nullable=False),
        sa.Column("strategy", sa.String(length=128), nullable=False),
        sa.Column("instrument", sa.String(length=128), nullable=False),
        sa.Column("code", sa.String(length=128), nullable=False),
        sa.Column("limit_name", sa.String(length=128), nullable=False),
        sa.Column("level", sa.String(length=128), nullable=False),
        sa.Column("observed", sa.Text(), nullable=False),
        sa.Column("allowed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("lsn", name=op.f("pk_denials")),
    )
    op.create_index(op.f("ix_denials_client_time_ns"), "denials", ["client", "time_ns"], unique=False)
    op.create_index(op.f("ix_denials_code_time_ns"), "denials", ["code", "time_ns"], unique=False)
    op.create_index(op.f("ix_denials_time_ns"), "denials", ["time_ns"], unique=False)
    op.create_table(
        "events",
        sa.Column("lsn", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time_ns", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=128), nullable=False),
        sa.Column("client", sa.String(length=128), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("session", sa.String(length=128), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("lsn", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_order_id_lsn"), "events", ["order_id", "lsn"], unique=False)
    op.create_index(op.f("ix_events_time_ns"), "events", ["time_ns"], unique=False)
    op.create_table(
        "orders",
        sa.Column("order_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("client", sa.String(length=128), nullable=False),
        sa.Column("client_order_id", sa.String(length=128), nullable=False),
        sa.Column("account", sa.String(length=128), nullable=False),
        sa.Column("strategy", sa.String(length=128), nullable=False),
        sa.Column("instrument", sa.String(length=128), nullable=False),
        sa.Column("venue", sa.String(length=128), nullable=False),
        sa.Column("side", sa.String(length=128), nullable=False),
        sa.Column("order_type", sa.String(length=128), nullable=False),
        sa.Column("time_in_force", sa.String(length=128), nullable=False),
        sa.Column("status", sa.String(length=128), nullable=False),
        sa.Column("execution_state", sa.String(length=128), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("quantity", number(), nullable=True),
        sa.Column("price", number(), nullable=True),
        sa.Column("cum_quantity", number(), nullable=False),
        sa.Column("leaves_quantity", number(), nullable=False),
        sa.Column("average_price", number(), nullable=True),
        sa.Column("pending_replaces", sa.SmallInteger(), nullable=False),
        sa.Column("pending_cancels", sa.SmallInteger(), nullable=False),
        sa.Column("cl_ord_id", sa.String(length=128), nullable=False),
        sa.Column("venue_order_id", sa.String(length=128), nullable=False),
        sa.Column("denial_code", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_ns", sa.BigInteger(), nullable=False),
        sa.Column("updated_ns", sa.BigInteger(), nullable=False),
        sa.Column("created_lsn", sa.BigInteger(), nullable=False),
        sa.Column("lsn", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_orders")),
    )
    op.create_index(
        op.f("ix_orders_client_client_order_id"), "orders", ["client", "client_order_id"], unique=False
    )
    op.create_index(op.f("ix_orders_created_ns"), "orders", ["created_ns"], unique=False)
    op.create_index(
        op.f("ix_orders_instrument_created_ns"), "orders", ["instrument", "created_ns"], unique=False
    )
    op.create_index(
        "ix_orders_open",
        "orders",
        ["order_id"],
        unique=False,
        sqlite_where=sa.text("is_open"),
        postgresql_where=sa.text("is_open"),
    )
    op.create_index(op.f("ix_orders_venue_order_id"), "orders", ["venue_order_id"], unique=False)
    op.create_table(
        "orphans",
        sa.Column("lsn", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time_ns", sa.BigInteger(), nullable=False),
        sa.Column("session", sa.String(length=128), nullable=False),
        sa.Column("cl_ord_id", sa.String(length=128), nullable=False),
        sa.Column("venue_order_id", sa.String(length=128), nullable=False),
        sa.Column("exec_id", sa.String(length=128), nullable=False),
        sa.Column("exec_type", sa.String(length=128), nullable=False),
        sa.Column("account", sa.String(length=128), nullable=False),
        sa.Column("instrument", sa.String(length=128), nullable=False),
        sa.Column("side", sa.String(length=128), nullable=False),
        sa.Column("last_quantity", number(), nullable=True),
        sa.Column("last_price", number(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("lsn", name=op.f("pk_orphans")),
    )
    op.create_index(op.f("ix_orphans_exec_id"), "orphans", ["exec_id"], unique=False)
    op.create_index(op.f("ix_orphans_time_ns"), "orphans", ["time_ns"], unique=False)
    op.create_table(
        "positions",
        sa.Column("account", sa.String(length=128), nullable=False),
        sa.Column("strategy", sa.String(length=128), nullable=False),
        sa.Column("instrument", sa.String(length=128), nullable=False),
        sa.Column("net_quantity", total(8), nullable=False),
        sa.Column("bought_quantity", total(8), nullable=False),
        sa.Column("sold_quantity", total(8), nullable=False),
        sa.Column("bought_money", total(16), nullable=False),
        sa.Column("sold_money", total(16), nullable=False),
        sa.Column("updated_ns", sa.BigInteger(), nullable=False),
        sa.Column("lsn", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", "strategy", "instrument", name=op.f("pk_positions")),
    )
    op.create_table(
        "projection",
        sa.Column("projection_id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("journal_id", sa.String(length=128), nullable=False),
        sa.Column("lsn", sa.BigInteger(), nullable=False),
        sa.Column("events_count", sa.BigInteger(), nullable=False),
        sa.Column("updated_ns", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("projection_id = 1", name=op.f("ck_projection_single_row")),
        sa.PrimaryKeyConstraint("projection_id", name=op.f("pk_projection")),
    )
    op.create_table(
        "reference_prices",
        sa.Column("instrument", sa.String(length=128), nullable=False),
        sa.Column("price", number(), nullable=False),
        sa.Column("changed_ns", sa.BigInteger(), nullable=False),
        sa.Column("lsn", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instrument", name=op.f("pk_reference_prices")),
    )
    op.create_table(
        "sessions",
        sa.Column("session", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_ns", sa.BigInteger(), nullable=True),
        sa.Column("next_in", sa.BigInteger(), nullable=True),
        sa.Column("next_out", sa.BigInteger(), nullable=True),
        sa.Column("sequence_reason", sa.Text(), nullable=False),
        sa.Column("sequence_ns", sa.BigInteger(), nullable=True),
        sa.Column("reset_ns", sa.BigInteger(), nullable=True),
        sa.Column("ready_count", sa.BigInteger(), nullable=False),
        sa.Column("lsn", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("session", name=op.f("pk_sessions")),
    )
    op.create_table(
        "trading_states",
        sa.Column("level", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("changed_by", sa.String(length=128), nullable=False),
        sa.Column("changed_ns", sa.BigInteger(), nullable=False),
        sa.Column("lsn", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("level", name=op.f("pk_trading_states")),
    )
    op.create_table(
        "executions",
        sa.Column("lsn", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("time_ns", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.BigInteger(), nullable=False),
        sa.Column("exec_id", sa.String(length=128), nullable=False),
        sa.Column("exec_ref_id", sa.String(length=128), nullable=False),
        sa.Column("exec_type", sa.String(length=128), nullable=False),
        sa.Column("cl_ord_id", sa.String(length=128), nullable=False),
        sa.Column("venue_order_id", sa.String(length=128), nullable=False),
        sa.Column("client", sa.String(length=128), nullable=False),
        sa.Column("client_order_id", sa.String(length=128), nullable=False),
        sa.Column("account", sa.String(length=128), nullable=False),
        sa.Column("strategy", sa.String(length=128), nullable=False),
        sa.Column("instrument", sa.String(length=128), nullable=False),
        sa.Column("venue", sa.String(length=128), nullable=False),
        sa.Column("side", sa.String(length=128), nullable=False),
        sa.Column("last_quantity", number(), nullable=True),
        sa.Column("last_price", number(), nullable=True),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("ended_by_lsn", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.String(length=128), nullable=False),
        sa.Column("quantity", number(), nullable=True),
        sa.Column("price", number(), nullable=True),
        sa.Column("cum_quantity", number(), nullable=False),
        sa.Column("leaves_quantity", number(), nullable=False),
        sa.Column("average_price", number(), nullable=True),
        sa.Column("cum_quantity_differs", sa.Boolean(), nullable=False),
        sa.Column("reject_reason", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("transact_ns", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.order_id"], name=op.f("fk_executions_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("lsn", name=op.f("pk_executions")),
    )
    op.create_index(op.f("ix_executions_exec_id"), "executions", ["exec_id"], unique=False)
    op.create_index(
        op.f("ix_executions_instrument_time_ns"), "executions", ["instrument", "time_ns"], unique=False
    )
    op.create_index(op.f("ix_executions_order_id_lsn"), "executions", ["order_id", "lsn"], unique=False)
    op.create_index(op.f("ix_executions_time_ns"), "executions", ["time_ns"], unique=False)
    op.create_table(
        "requests",
        sa.Column("request_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("client", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=128), nullable=False),
        sa.Column("client_request_id", sa.String(length=128), nullable=False),
        sa.Column("cl_ord_id", sa.String(length=128), nullable=False),
        sa.Column("orig_cl_ord_id", sa.String(length=128), nullable=False),
        sa.Column("quantity", number(), nullable=True),
        sa.Column("price", number(), nullable=True),
        sa.Column("state", sa.String(length=128), nullable=False),
        sa.Column("denial_code", sa.String(length=128), nullable=False),
        sa.Column("reject_reason", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_ns", sa.BigInteger(), nullable=False),
        sa.Column("updated_ns", sa.BigInteger(), nullable=False),
        sa.Column("created_lsn", sa.BigInteger(), nullable=False),
        sa.Column("lsn", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["orders.order_id"], name=op.f("fk_requests_order_id_orders")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_requests")),
    )
    op.create_index(op.f("ix_requests_cl_ord_id"), "requests", ["cl_ord_id"], unique=False)
    op.create_index(op.f("ix_requests_client_request_id"), "requests", ["client_request_id"], unique=False)
    op.create_index(
        op.f("ix_requests_order_id_created_lsn"), "requests", ["order_id", "created_lsn"], unique=False
    )


def downgrade() -> None:
    for table in (
        "requests",
        "executions",
        "trading_states",
        "sessions",
        "reference_prices",
        "projection",
        "positions",
        "orphans",
        "orders",
        "events",
        "denials",
    ):
        op.drop_table(table)
