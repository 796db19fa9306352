"""Whether a limit on losses counts charges, and its currency."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # NULL in rows which are there already: a rebuild fills them.
    op.add_column("limits", sa.Column("includes_charges", sa.Boolean(), nullable=True))
    op.add_column("limits", sa.Column("currency", sa.String(length=128), nullable=True))


def downgrade() -> None:
    op.drop_column("limits", "currency")
    op.drop_column("limits", "includes_charges")
