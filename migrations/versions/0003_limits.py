"""Limits as they are, and every change of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def number(column: str) -> sa.Column:
    return sa.Column(column, sa.Numeric(28, 8).with_variant(sa.BigInteger(), "sqlite"), nullable=True)


def name(column: str) -> sa.Column:
    return sa.Column(column, sa.String(length=128), nullable=False)


def whole(column: str) -> sa.Column:
    return sa.Column(column, sa.BigInteger(), nullable=False)


def flag(column: str) -> sa.Column:
    return sa.Column(column, sa.Boolean(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "limits",
        name("name"),
        name("level"),
        name("second_level"),
        name("kind"),
        number("value"),
        whole("count"),
        whole("window_ns"),
        name("unit"),
        name("reference"),
        name("action"),
        name("crossing"),
        whole("reserve"),
        number("capital"),
        flag("is_disabled"),
        flag("allows_missing_reference"),
        flag("is_removed"),
        whole("version"),
        name("changed_by"),
        name("approved_by"),
        whole("changed_ns"),
        whole("lsn"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_limits")),
    )
    op.create_table(
        "limit_changes",
        sa.Column("lsn", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("ordinal", sa.SmallInteger(), autoincrement=False, nullable=False),
        whole("time_ns"),
        whole("version"),
        whole("part"),
        flag("is_effective"),
        name("name"),
        name("changed_by"),
        name("approved_by"),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("lsn", "ordinal", name=op.f("pk_limit_changes")),
    )
    op.create_index(op.f("ix_limit_changes_name_lsn"), "limit_changes", ["name", "lsn"], unique=False)
    op.create_index(op.f("ix_limit_changes_version"), "limit_changes", ["version"], unique=False)


def downgrade() -> None:
    op.drop_table("limit_changes")
    op.drop_table("limits")
