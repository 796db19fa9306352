"""`gateway quotes`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated

import typer

from gateway.cli.connection import Connection, connect
from gateway.cli.options import Address, Client, Config, Json
from gateway.cli.output import as_dict, print_json, print_table
from gateway.client.identity import Identity
from gateway.v1 import control_pb2

__all__ = ["register"]

_COLUMNS = ("instrument", ">bid", ">ask", ">mid", ">last", ">close", "band", "quoted", "last at")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("quotes")(_quotes)


def _quotes(
    instruments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[INSTRUMENT]...", help="Only of these; all where none is named."),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what is set from now on, until Ctrl-C.")
    ] = False,
    config: Config = None,
    address: Address = None,
    client: Client = None,
    as_json: Json = False,
) -> None:
    """Show what the gateway knows of each instrument's market: bid, ask, last, close and the venue's price band.

    Prices come from `gateway prices load`, price files, market data sessions and clients of the API. With --follow each
    quote is a line, again whenever something of it was set; --json then prints one object a line.
    """
    names = list(instruments or ())
    with connect(config, address, client) as connection:
        if follow:
            for quote in _followed(connection, names):
                print(json.dumps(as_dict(quote), ensure_ascii=False) if as_json else _line(quote), flush=True)
            return
        request = control_pb2.ListQuotesRequest(instruments=names)
        answer = connection.ask("MarketData/ListQuotes", request, control_pb2.ListQuotesResponse)
    if as_json:
        print_json([as_dict(quote) for quote in answer.quotes])
        return
    print_table(_COLUMNS, map(_row, answer.quotes), empty="nothing is known of any of these markets")


def _followed(connection: Connection, instruments: list[str]) -> Iterator[control_pb2.Quote]:
    call = connection.channel.unary_stream(
        "/gateway.v1.MarketData/WatchQuotes",
        request_serializer=control_pb2.WatchQuotesRequest.SerializeToString,
        response_deserializer=control_pb2.WatchQuotesResponse.FromString,
    )
    identity = Identity(connection.clients[0], connection.token)
    stream = call(control_pb2.WatchQuotesRequest(instruments=instruments), metadata=identity.metadata)
    try:
        for response in stream:
            yield from response.quotes
    finally:
        stream.cancel()


def _row(quote: control_pb2.Quote) -> tuple[str, ...]:
    band = (quote.price_band_low, quote.price_band_high)
    return (
        quote.instrument,
        quote.bid,
        quote.ask,
        quote.mid,
        quote.last,
        quote.close,
        f"{band[0] or 'none'} to {band[1] or 'none'}" if any(band) else "",
        quote.quoted_at.ToJsonString() if quote.HasField("quoted_at") else "",
        quote.last_at.ToJsonString() if quote.HasField("last_at") else "",
    )


def _line(quote: control_pb2.Quote) -> str:
    facts = zip(_COLUMNS[1:], _row(quote)[1:], strict=True)
    return "  ".join([quote.instrument, *(f"{name.lstrip('>')} {text}" for name, text in facts if text)])
