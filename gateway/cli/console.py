"""`gateway console`: a full-screen blotter in the terminal, or with --web the same in a browser."""

from __future__ import annotations

import ipaddress
import shlex
import sys
from typing import Annotated

import typer

from gateway.cli.connection import connect
from gateway.cli.failure import CommandFailure, ExitCode
from gateway.cli.options import Address, AnyClient, Client, Config

__all__ = ["register"]

_EPILOG = """\
Keys: c cancels the order under the cursor, A all of them, k the kill switch, Tab the next table, q quits.

Examples:

gateway console -c my-gateway/gateway.yaml

gateway console --web --port 7012
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("console", epilog=_EPILOG)(_console)


def _console(
    web: Annotated[bool, typer.Option("--web", help="Serve the same screen to a browser.")] = False,
    host: Annotated[str, typer.Option("--host", help="With --web: where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65_535, help="With --web: the port.")] = 7012,
    any_client: AnyClient = None,
    config: Config = None,
    address: Address = None,
    client: Client = None,
) -> None:
    """Show sessions, working orders, fills, positions, trading states and alerts; cancel, and halt trading.

    A caller with the right admin sees every client's in its accounts, and is asked why where it cancels another's.

    Needs the extra console. Everything that changes something asks first. With --web whoever reaches the port can do
    what the console can: it listens on loopback unless --host says otherwise.
    """
    if web:
        flags = [] if any_client is None else ["--any-client" if any_client else "--own"]
        _serve(host, port, flags, config=str(config or ""), address=address or "", client=client or "")
        return
    try:
        from gateway.cli.console_app import ConsoleApp
        from gateway.cli.console_feed import Feed
    except ImportError as error:
        raise _missing(error) from error
    with connect(config, address, client) as connection:
        feed = Feed(connection, any_client)
        feed.snapshot()  # what cannot be reached or is refused is said before the screen is taken
        ConsoleApp(feed, address or "gateway").run()


def _serve(host: str, port: int, flags: list[str], **options: str) -> None:
    try:
        from textual_serve.server import Server
    except ImportError as error:
        raise _missing(error) from error
    try:
        is_local = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_local = host == "localhost"
    if not is_local:
        print(
            f"warning: whoever reaches {host}:{port} can cancel orders and halt trading; it asks for no password",
            file=sys.stderr,
        )
    words = [sys.executable, "-m", "gateway.cli", "console", *flags]
    for name, value in options.items():
        words += [f"--{name}", value] if value else []
    print(f"http://{host}:{port}", flush=True)
    Server(shlex.join(words), host=host, port=port, title="gateway console").serve()


def _missing(error: ImportError) -> CommandFailure:
    return CommandFailure(
        f"the console needs {error.name}: pip install 'fixgateway[console]'", ExitCode.FAILED
    )
