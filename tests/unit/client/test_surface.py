"""The blocking client has the asyncio one's methods; the SDK needs nothing of the gateway but its proto."""

import inspect
import subprocess
import sys

import pytest

from gateway.client import AsyncClient, Client

RENAMED = {"aclose": "close"}


def public(client: type) -> dict[str, inspect.Signature]:
    return {
        name: inspect.signature(method)
        for name, method in inspect.getmembers(client, inspect.isfunction)
        if not name.startswith("_")
    }


def test_clients_have_the_same_methods() -> None:
    assert {RENAMED.get(name, name) for name in public(AsyncClient)} == set(public(Client))


@pytest.mark.parametrize("name", sorted(set(public(Client)) - {"events", "close"}))
def test_client_method_takes_and_gives_what_the_asyncio_one_does(name: str) -> None:
    assert public(Client)[name] == public(AsyncClient)[name]


def test_clients_are_made_alike() -> None:
    assert inspect.signature(Client) == inspect.signature(AsyncClient)


def test_sdk_imports_only_its_own_package_and_the_proto() -> None:
    code = "import gateway.client, sys; print(*(m for m in sys.modules if m.startswith('gateway')))"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    foreign = {
        m for m in modules.split() if not m.startswith(("gateway.client", "gateway.v1")) and m != "gateway"
    }
    assert foreign == set()
