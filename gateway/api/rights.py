"""What each client may do: client x account x strategy x right. What is not granted is refused.

METHOD_RIGHTS is the one table from methods to rights; CallEntry looks there for every call. What a right is worth
further in: `read`, `trade` and `cancel` reach the client's own orders and its own accounts; `risk` reaches every level
but other clients' accounts; `admin` reaches all sessions, and orders and positions of its accounts. The messages of a
session are for an `admin` with every account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from google.protobuf.message import DecodeError

from gateway.api.errors import ApiError, Problem
from gateway.v1 import order_entry_pb2 as order_entry

__all__ = ["ALL_RIGHTS", "DEFAULT_RIGHTS", "METHOD_RIGHTS", "Caller", "ClientAccess", "check_commands"]

ALL_RIGHTS = frozenset({"read", "trade", "cancel", "risk", "admin"})
DEFAULT_RIGHTS = frozenset({"read", "trade", "cancel"})

_READ, _TRADE, _CANCEL, _RISK, _ADMIN = (
    frozenset({right}) for right in ("read", "trade", "cancel", "risk", "admin")
)

METHOD_RIGHTS: Mapping[str, frozenset[str]] = {
    # Any of them opens the stream; `check_commands` looks at each command, and a subscription needs `read`.
    "gateway.v1.OrderEntry.Trade": DEFAULT_RIGHTS,
    "gateway.v1.OrderEntry.SubmitOrder": _TRADE,
    "gateway.v1.OrderEntry.ReplaceOrder": _TRADE,
    "gateway.v1.OrderEntry.CancelOrder": _CANCEL,
    "gateway.v1.OrderEntry.SubmitLinkedOrders": _TRADE,
    # Any of them lets a batch in; `check_commands` looks at each command.
    "gateway.v1.OrderEntry.SendBatch": _TRADE | _CANCEL,
    "gateway.v1.OrderEntry.MassCancel": _CANCEL,
    "gateway.v1.Orders.GetOrder": _READ,
    "gateway.v1.Orders.ListOrders": _READ,
    "gateway.v1.Orders.WatchOrders": _READ,
    "gateway.v1.Executions.ListExecutions": _READ,
    "gateway.v1.Executions.WatchExecutions": _READ,
    "gateway.v1.Audit.QueryEvents": _ADMIN,
    "gateway.v1.Audit.WatchEvents": _ADMIN,
    "gateway.v1.Admin.GetVersion": _READ | _ADMIN,
    "gateway.v1.Admin.GetHealth": _ADMIN,
    "gateway.v1.Admin.GetConfiguration": _ADMIN,
    "gateway.v1.Positions.ListPositions": _READ,
    "gateway.v1.Positions.WatchPositions": _READ,
    "gateway.v1.Positions.SummarizePositions": _READ,
    "gateway.v1.Sessions.ListSessions": _READ,
    "gateway.v1.Sessions.GetSession": _READ,
    "gateway.v1.Sessions.LogonSession": _ADMIN,
    "gateway.v1.Sessions.LogoutSession": _ADMIN,
    "gateway.v1.Sessions.SetSequenceNumbers": _ADMIN,
    "gateway.v1.Sessions.ResetSession": _ADMIN,
    "gateway.v1.Sessions.AddSession": _ADMIN,
    "gateway.v1.Sessions.ChangeSession": _ADMIN,
    "gateway.v1.Sessions.RemoveSession": _ADMIN,
    "gateway.v1.Sessions.ListSessionMessages": _ADMIN,  # and every account: Caller.require_everything
    "gateway.v1.Sessions.ReloadConfiguration": _ADMIN,
    "gateway.v1.Risk.SetTradingState": _RISK,
    "gateway.v1.Risk.ListTradingStates": _READ,
    "gateway.v1.Risk.GetAnalytics": _RISK,
    "gateway.v1.Risk.GetLimits": _READ | _RISK,
    "gateway.v1.Risk.ListLimitUtilization": _READ | _RISK,
    "gateway.v1.Risk.CheckOrder": _READ,
    "gateway.v1.Risk.SetLimits": _RISK,
    "gateway.v1.Risk.GrantOverride": _RISK,
    "gateway.v1.Risk.GrantOrderOverride": _RISK,
    "gateway.v1.Risk.ListLimitChanges": _RISK,
    "gateway.v1.Risk.ApproveLimitChange": _RISK,
    "gateway.v1.Risk.EndLimitChange": _RISK,
    "gateway.v1.MarketData.SetReferencePrices": _RISK,
    "gateway.v1.MarketData.ListReferencePrices": _READ,
    "gateway.v1.MarketData.ListQuotes": _READ,
    "gateway.v1.MarketData.WatchQuotes": _READ,
    "gateway.v1.MarketData.SetRates": _RISK,
    "gateway.v1.MarketData.ListRates": _READ,
    "gateway.v1.MarketData.SetMarketPhase": _RISK,
    "gateway.v1.MarketData.ListMarketPhases": _READ,
    "gateway.v1.Operations.ResolveOrder": _ADMIN,
    "gateway.v1.Operations.AdjustPosition": _ADMIN,
    "gateway.v1.Operations.LoadPositions": _ADMIN,
    "gateway.v1.Operations.SplitPositions": _ADMIN,
    "gateway.v1.Operations.CancelOrders": _CANCEL,
}
"""Full name of each method -> the rights of which the caller needs one."""

_EVERY_COMMAND = _TRADE | _CANCEL

_COMMAND_RIGHTS = {
    "new_order": _TRADE,
    "replace": _TRADE,
    "cancel": _CANCEL,
    "linked_orders": _TRADE,
    "mass_cancel": _CANCEL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAccess:
    """What a client may do, and what proves that a caller is it."""

    accounts: frozenset[str]
    rights: frozenset[str] = DEFAULT_RIGHTS
    strategies: frozenset[str] = frozenset()
    """Any where empty."""
    token_hashes: frozenset[bytes] = frozenset()
    """SHA-256 digests of its tokens."""
    certificate_names: frozenset[str] = frozenset()
    """`DNS:NAME` or `URI:NAME`."""

    def covers(self, other: ClientAccess) -> bool:
        """Tell whether another client reaches no account and no strategy but this one's."""
        strategies = not self.strategies or (bool(other.strategies) and other.strategies <= self.strategies)
        return strategies and other.accounts <= self.accounts

    def lost_by(self, after: ClientAccess | None) -> bool:
        """Tell whether something that this allows is not allowed any more by `after`."""
        if after is None:
            return True
        narrowed = bool(after.strategies) and not (self.strategies and self.strategies <= after.strategies)
        return narrowed or not (
            self.accounts <= after.accounts
            and self.rights <= after.rights
            and self.token_hashes <= after.token_hashes
            and self.certificate_names <= after.certificate_names
        )


@dataclass(frozen=True, slots=True)
class Caller:
    """The client on whose behalf a call is made."""

    client: str
    accounts: frozenset[str]
    rights: frozenset[str] = DEFAULT_RIGHTS
    strategies: frozenset[str] = frozenset()
    """Any where empty."""
    clients: frozenset[str] = frozenset()
    """Clients that have nothing beyond this one's accounts and strategies: whose calls `admin` may see."""
    has_all_accounts: bool = False
    """Every account of the gateway is its own, with any strategy."""

    @property
    def may_see_everything(self) -> bool:
        """Tell whether nothing of any client or account is kept from it."""
        return self.has_all_accounts and "admin" in self.rights

    def require_everything(self, what: str) -> None:
        """Raise ApiError with PERMISSION_DENIED where something is kept from the caller."""
        if not self.may_see_everything:
            raise ApiError(
                Problem.PERMISSION_DENIED,
                f"{what} shows what all clients trade: it needs the right admin, every account and any strategy; ask"
                " somebody who has them",
            )

    def require(self, rights: frozenset[str], what: str) -> None:
        """Raise ApiError with PERMISSION_DENIED where the caller has none of these rights."""
        if not self.rights & rights:
            needed = " or ".join(sorted(rights))
            raise ApiError(
                Problem.PERMISSION_DENIED,
                f"{what} needs the right {needed}, and client {self.client!r} has "
                f"{', '.join(sorted(self.rights)) or 'none'}; whoever configures the gateway can add it to the client's"
                " `rights`",
            )

    def may_use(self, account: str, strategy: str | None = None) -> bool:
        """Tell whether an account, and a strategy where one is given, are the caller's."""
        return account in self.accounts and (
            strategy is None or not self.strategies or strategy in self.strategies
        )


def check_commands(caller: Caller, request: bytes) -> bytes:
    """Give the TradeRequest to pass on; raise ApiError where it holds a command that the caller may not give.

    The bytes are read only for a caller that may not give every command; accounts are the core's business. What was
    read is written anew, so that the core sees what was checked and nothing else, however the bytes were made.
    """
    if not caller.strategies and caller.rights >= _EVERY_COMMAND:
        return request
    try:
        message = order_entry.TradeRequest.FromString(request)
    except DecodeError as error:
        # The core reads more than this parser does: what cannot be checked is not passed on.
        raise ApiError(
            Problem.MALFORMED, f"not a TradeRequest: {error}; nothing of this message was done"
        ) from error
    for index, command in enumerate(message.commands):
        action = command.WhichOneof("action")
        if action is None:
            continue
        caller.require(_COMMAND_RIGHTS[action], f"commands[{index}] ({action})")
        orders = [command.new_order] if action == "new_order" else command.linked_orders.orders
        strange = next((order.strategy for order in orders if order.strategy not in caller.strategies), None)
        if caller.strategies and strange is not None:
            raise ApiError(
                Problem.PERMISSION_DENIED,
                f"commands[{index}]: client {caller.client!r} may not trade strategy {strange!r}, only "
                f"{', '.join(sorted(caller.strategies))}; nothing of this message was done",
            )
    message.DiscardUnknownFields()
    return message.SerializeToString()
