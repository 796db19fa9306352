"""Every method has its rights, and every command is looked at where not all may be given."""

import pytest

from gateway.api.errors import ApiError, Problem
from gateway.api.rights import ALL_RIGHTS, METHOD_RIGHTS, Caller, ClientAccess, check_commands
from gateway.v1 import order_entry_pb2 as order_entry
from tests.support.methods import METHODS as METHODS_OF_PROTO

METHODS = {method.full_name for method in METHODS_OF_PROTO}
COMMANDS = {
    "new_order": order_entry.Command(new_order=order_entry.NewOrder(strategy="mine")),
    "replace": order_entry.Command(replace=order_entry.ReplaceCommand()),
    "cancel": order_entry.Command(cancel=order_entry.CancelCommand()),
    "linked_orders": order_entry.Command(
        linked_orders=order_entry.LinkedOrders(orders=[order_entry.NewOrder(strategy="mine")] * 2)
    ),
    "mass_cancel": order_entry.Command(mass_cancel=order_entry.MassCancelCommand(strategy="other")),
}


def caller(*rights: str, strategies: frozenset[str] = frozenset()) -> Caller:
    return Caller("c", frozenset({"A1"}), frozenset(rights), strategies)


def request(*commands: str) -> bytes:
    return order_entry.TradeRequest(commands=[COMMANDS[name] for name in commands]).SerializeToString()


def test_table_has_each_method_of_the_proto_and_no_other() -> None:
    assert set(METHOD_RIGHTS) == METHODS
    assert all(rights and rights <= ALL_RIGHTS for rights in METHOD_RIGHTS.values())


def test_every_kind_of_command_is_in_the_test() -> None:
    assert set(COMMANDS) == {field.name for field in order_entry.Command.DESCRIPTOR.fields}


@pytest.mark.parametrize(
    ("rights", "allowed"),
    [
        ({"trade", "cancel"}, {"new_order", "replace", "cancel", "linked_orders", "mass_cancel"}),
        ({"trade"}, {"new_order", "replace", "linked_orders"}),
        ({"cancel"}, {"cancel", "mass_cancel"}),
        ({"read", "risk", "admin"}, set()),
        (set(), set()),
    ],
    ids=str,
)
def test_command_needs_its_right(rights: set[str], allowed: set[str]) -> None:
    for name in COMMANDS:
        if name in allowed:
            check_commands(caller(*rights), request(name))
        else:
            with pytest.raises(ApiError, match=rf"commands\[0\] \({name}\)") as refusal:
                check_commands(caller(*rights), request(name))
            assert refusal.value.problem is Problem.PERMISSION_DENIED


def test_one_command_that_is_not_allowed_refuses_the_message() -> None:
    with pytest.raises(ApiError, match=r"commands\[2\]"):
        check_commands(caller("trade"), request("new_order", "replace", "cancel"))


def test_order_of_another_strategy_is_refused_and_its_own_is_not() -> None:
    check_commands(caller("trade", "cancel", strategies=frozenset({"mine"})), request("new_order", "cancel"))
    for command in ("new_order", "linked_orders"):
        with pytest.raises(ApiError, match="'mine'") as refusal:
            check_commands(caller("trade", "cancel", strategies=frozenset({"theirs"})), request(command))
        assert refusal.value.problem is Problem.PERMISSION_DENIED


def test_what_is_passed_on_is_what_was_checked() -> None:
    # Two actions in one command: the last one counts for protobuf, and the core is shown no other.
    twice = order_entry.Command(cancel=order_entry.CancelCommand(order_id=1)).SerializeToString()
    twice += order_entry.Command(new_order=order_entry.NewOrder(strategy="mine")).SerializeToString()
    sent = bytes([0x0A, len(twice)]) + twice
    assert order_entry.TradeRequest.FromString(sent).commands[0].WhichOneof("action") == "new_order"
    with pytest.raises(ApiError):
        check_commands(caller("cancel"), sent)
    passed = check_commands(caller("trade"), sent)
    assert b"".join(
        command.SerializeToString() for command in order_entry.TradeRequest.FromString(passed).commands
    ) == (order_entry.Command(new_order=order_entry.NewOrder(strategy="mine")).SerializeToString())


def test_bytes_that_cannot_be_checked_are_not_passed_on() -> None:
    no_text = order_entry.Command(new_order=order_entry.NewOrder(strategy="mine")).SerializeToString()
    for data in (b"\xff\xff", bytes([0x0A, len(no_text)]) + no_text.replace(b"mine", b"\xff\xfe\xfd\xfc")):
        with pytest.raises(ApiError) as refusal:
            check_commands(caller("trade"), data)
        assert refusal.value.problem is Problem.MALFORMED


WIDE = ClientAccess(accounts=frozenset({"A1", "A2"}), rights=ALL_RIGHTS)
NARROW = ClientAccess(
    accounts=frozenset({"A1"}), rights=frozenset({"read"}), strategies=frozenset({"mine", "more"})
)


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        (WIDE, WIDE, False),
        (NARROW, WIDE, False),
        (WIDE, NARROW, True),
        (WIDE, None, True),
        (WIDE, ClientAccess(accounts=WIDE.accounts), True),
        (WIDE, ClientAccess(accounts=WIDE.accounts, rights=ALL_RIGHTS, strategies=NARROW.strategies), True),
        (ClientAccess(accounts=WIDE.accounts, token_hashes=frozenset({b"x"})), WIDE, True),
        (ClientAccess(accounts=WIDE.accounts, certificate_names=frozenset({"x"})), WIDE, True),
    ],
)
def test_loss_is_whatever_was_allowed_and_is_not_now(
    before: ClientAccess, after: ClientAccess | None, lost: bool
) -> None:
    assert before.lost_by(after) is lost
