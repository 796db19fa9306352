"""Reads whole tables, for comparing."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from gateway.store import tables
from gateway.store.engine import open_engine


def all_rows(url: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, in the order of the keys."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            return {
                table.name: [
                    dict(row)
                    for row in connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()
                ]
                for table in tables.metadata.sorted_tables
            }
    finally:
        engine.dispose()
