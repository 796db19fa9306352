"""What is projected into the database is what the API answers and what the venue's ledger says; also after a kill."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import sqlalchemy as sa

from gateway.client import Order, Position
from gateway.store import tables
from gateway.store.engine import open_engine
from ops.demo.comparison import Ledger
from tests.integration.gateway.conftest import StartGateway
from tests.integration.gateway.test_kill import check_books, trading, when_agreed
from tests.integration.gateway.world import Venue, session_ready
from tests.support.databases import database_url, postgresql

__all__ = ["database_url", "postgresql"]

TRADING_S = 1.0

Row = tuple[str, ...]


async def test_projected_tables_are_the_apis_answers_and_the_venues_ledger(
    venue: Venue, start_gateway: StartGateway, database_url: str
) -> None:
    gateway = await start_gateway(venue.port, database_url=database_url)
    async with trading(gateway, 1) as (client, strategy, record, stop):
        await session_ready(client)
        await asyncio.sleep(TRADING_S)
        gateway.kill()
        await gateway.start()
        await session_ready(client)
        await asyncio.sleep(TRADING_S)
        stop.set()
        await strategy.finish(20)
        found = await when_agreed(client, venue, record)
        orders, positions = await client.list_orders(), await client.positions()
    assert await gateway.stop() == 0
    check_books(found)

    engine = open_engine(database_url)
    with engine.connect() as connection:
        assert rows(connection, tables.positions, *POSITION) == {position_row(each) for each in positions}
        assert rows(connection, tables.orders, *ORDER) == {order_row(each) for each in orders}
        trades = connection.execute(
            sa.select(tables.executions).where(
                tables.executions.c.exec_type == "TRADE", tables.executions.c.is_live
            )
        ).mappings()
        projected = {
            row["exec_id"]: (row["instrument"], Decimal(row["last_quantity"]), Decimal(row["last_price"]))
            for row in trades
        }
    engine.dispose()
    assert projected == {
        exec_id: (fill.instrument, fill.quantity, fill.price)
        for exec_id, fill in Ledger(venue.ledger()).fills.items()
    }


POSITION = ("account", "strategy", "instrument", "net_quantity", "bought_quantity", "sold_quantity")
ORDER = ("order_id", "client_order_id", "status", "cum_quantity", "cl_ord_id")


def rows(connection: sa.Connection, table: sa.Table, *columns: str) -> set[Row]:
    """Read these columns of all rows, as text; numbers without trailing zeros."""
    found = connection.execute(sa.select(*(table.c[name] for name in columns)))
    return {tuple(text_of(value) for value in row) for row in found}


def position_row(position: Position) -> Row:
    return tuple(text_of(getattr(position, name)) for name in POSITION)


def order_row(order: Order) -> Row:
    return tuple(text_of(getattr(order, name)) for name in ORDER)


def text_of(value: object) -> str:
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)
