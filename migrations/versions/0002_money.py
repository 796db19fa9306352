"""Commission and fees, instruments, rates, rare terms of orders, and where an execution was told first."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TERMS = ("orders", "requests")


def number() -> sa.types.TypeEngine:
    return sa.Numeric(28, 8).with_variant(sa.BigInteger(), "sqlite")


def total(places: int) -> sa.types.TypeEngine:
    return sa.Numeric(56, places).with_variant(sa.Text(), "sqlite")


def name(column: str) -> sa.Column:
    return sa.Column(column, sa.String(length=128), nullable=False)


# Columns that come to rows which are there already are NULL in them: a rebuild fills them.
def terms() -> list[sa.Column]:
    return [
        sa.Column("stop_price", number(), nullable=True),
        sa.Column("display_quantity", number(), nullable=True),
        sa.Column("min_quantity", number(), nullable=True),
        sa.Column("price_offset", number(), nullable=True),
        sa.Column("offset_type", sa.String(length=128), nullable=True),
        sa.Column("expire_ns", sa.BigInteger(), nullable=True),
        sa.Column("expire_date", sa.String(length=128), nullable=True),
        sa.Column("exec_inst", sa.String(length=128), nullable=True),
        sa.Column("target_strategy", sa.String(length=128), nullable=True),
        sa.Column("target_strategy_parameters", sa.Text(), nullable=True),
        sa.Column("strategy_parameters", sa.Text(), nullable=True),
    ]


def told() -> list[sa.Column]:
    return [
        sa.Column("drop_copy", sa.String(length=128), nullable=True),
        sa.Column("charges_incomplete", sa.Boolean(), nullable=True),
    ]


def add(table: str, columns: list[sa.Column]) -> None:
    for column in columns:
        op.add_column(table, column)


def drop(table: str, columns: list[sa.Column]) -> None:
    for column in columns:
        op.drop_column(table, column.name)


def upgrade() -> None:
    for table in TERMS:
        add(table, terms())
    add("executions", told())
    op.create_table(
        "charges",
        sa.Column("lsn", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("time_ns", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("trade_lsn", sa.BigInteger(), nullable=True),
        name("account"),
        name("strategy"),
        name("instrument"),
        name("kind"),
        sa.Column("amount", number(), nullable=False),
        name("currency"),
        name("type"),
        sa.Column("is_live", sa.Boolean(), nullable=False),
        sa.Column("ended_by_lsn", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("lsn", "ordinal", name=op.f("pk_charges")),
    )
    op.create_index(op.f("ix_charges_order_id"), "charges", ["order_id"], unique=False)
    op.create_index(op.f("ix_charges_time_ns"), "charges", ["time_ns"], unique=False)
    op.create_table(
        "position_charges",
        name("account"),
        name("strategy"),
        name("instrument"),
        name("currency"),
        sa.Column("commission", total(8), nullable=False),
        sa.Column("fees", total(8), nullable=False),
        sa.Column("updated_ns", sa.BigInteger(), nullable=False),
        sa.Column("lsn", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "account", "strategy", "instrument", "currency", name=op.f("pk_position_charges")
        ),
    )
    op.create_table(
        "instruments",
        name("instrument"),
        name("venue"),
        name("currency"),
        sa.Column("multiplier", number(), nullable=False),
        name("asset_class"),
        name("sector"),
        name("region"),
        sa.Column("changed_ns", sa.BigInteger(), nullable=False),
        sa.Column("lsn", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instrument", name=op.f("pk_instruments")),
    )
    op.create_table(
        "rates",
        name("from_currency"),
        name("to_currency"),
        sa.Column("rate", number(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("as_of_ns", sa.BigInteger(), nullable=False),
        sa.Column("changed_ns", sa.BigInteger(), nullable=False),
        sa.Column("lsn", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("from_currency", "to_currency", name=op.f("pk_rates")),
    )


def downgrade() -> None:
    for table in ("rates", "instruments", "position_charges", "charges"):
        op.drop_table(table)
    drop("executions", told())
    for table in TERMS:
        drop(table, terms())
