"""The blocking client has the asyncio one's methods; the SDK needs nothing of the gateway but its proto."""

import inspect
import subprocess
import sys
from typing import get_args, get_origin

import pytest

from gateway.client import (
    AsyncClient,
    BlockingEventStream,
    BlockingLiveOrder,
    BlockingOrderChanges,
    BlockingWatch,
    Client,
    EventStream,
    LiveOrder,
    OrderChanges,
    Watch,
)

RENAMED = {"aclose": "close"}
PAIRS: dict[type, type] = {
    AsyncClient: Client,
    LiveOrder: BlockingLiveOrder,
    EventStream: BlockingEventStream,
    OrderChanges: BlockingOrderChanges,
    Watch: BlockingWatch,
}
INSIDE = {"take", "take_event", "answered", "apply", "fail", "next_batch"}
"""What the SDK itself calls."""


def public(owner: type) -> dict[str, inspect.Signature]:
    return {
        RENAMED.get(name, name): inspect.signature(method, eval_str=True)
        for name, method in inspect.getmembers(owner, inspect.isfunction)
        if not name.startswith("_") and name not in INSIDE
    }


def properties(owner: type) -> set[str]:
    return {
        name
        for name, _ in inspect.getmembers(owner, lambda each: isinstance(each, property))
        if name[0] != "_"
    }


METHODS = [(ours, name) for ours in PAIRS for name in public(ours)]


@pytest.mark.parametrize("ours", PAIRS, ids=lambda each: each.__name__)
def test_classes_have_the_same_methods_and_properties(ours: type) -> None:
    assert set(public(ours)) == set(public(PAIRS[ours]))
    assert properties(ours) == properties(PAIRS[ours])


@pytest.mark.parametrize(("ours", "name"), METHODS, ids=lambda each: getattr(each, "__name__", each))
def test_blocking_method_takes_and_gives_what_the_asyncio_one_does(ours: type, name: str) -> None:
    theirs = public(PAIRS[ours])[name]
    expected = public(ours)[name]
    gives = expected.return_annotation
    if blocking := PAIRS.get(get_origin(gives) or gives):
        gives = blocking[get_args(gives)] if get_args(gives) else blocking  # type: ignore[index]
    assert theirs == expected.replace(return_annotation=gives)


def test_clients_are_made_alike() -> None:
    assert inspect.signature(Client) == inspect.signature(AsyncClient)


@pytest.mark.parametrize("owner", [AsyncClient, Client, LiveOrder, BlockingLiveOrder])
def test_every_public_method_is_documented(owner: type) -> None:
    assert [name for name in public(owner) if not inspect.getdoc(getattr(owner, name, None) or owner)] == []


def test_sdk_imports_only_its_own_package_and_the_proto() -> None:
    code = "import gateway.client, sys; print(*(m for m in sys.modules if m.startswith('gateway')))"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    foreign = {
        m for m in modules.split() if not m.startswith(("gateway.client", "gateway.v1")) and m != "gateway"
    }
    assert foreign == set()
