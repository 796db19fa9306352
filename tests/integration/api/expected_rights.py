"""Which right lets a caller in at which method: what docs/api.md promises, written by hand and from nothing else."""

__all__ = ["MAY_CALL"]

_READ = """
OrderEntry.Trade
Orders.GetOrder Orders.ListOrders Orders.WatchOrders
Executions.ListExecutions Executions.WatchExecutions
Positions.ListPositions Positions.WatchPositions Positions.SummarizePositions
Sessions.ListSessions Sessions.GetSession
Risk.ListTradingStates Risk.GetLimits Risk.ListLimitUtilization Risk.CheckOrder
MarketData.ListReferencePrices MarketData.ListQuotes MarketData.WatchQuotes MarketData.ListRates
MarketData.ListMarketPhases
Admin.GetVersion
"""
_TRADE = """
OrderEntry.Trade OrderEntry.SendBatch
OrderEntry.SubmitOrder OrderEntry.ReplaceOrder OrderEntry.SubmitLinkedOrders
"""
_CANCEL = """
OrderEntry.Trade OrderEntry.SendBatch
OrderEntry.CancelOrder OrderEntry.MassCancel
Operations.CancelOrders
"""
_RISK = """
Risk.SetTradingState Risk.GetAnalytics
Risk.GetLimits Risk.ListLimitUtilization
Risk.SetLimits Risk.GrantOverride Risk.GrantOrderOverride
Risk.ListLimitChanges Risk.ApproveLimitChange Risk.EndLimitChange
MarketData.SetReferencePrices MarketData.SetRates MarketData.SetMarketPhase
"""
_ADMIN = """
Admin.GetVersion Admin.GetHealth Admin.GetConfiguration
Audit.QueryEvents Audit.WatchEvents
Sessions.LogonSession Sessions.LogoutSession Sessions.SetSequenceNumbers Sessions.ResetSession
Sessions.AddSession Sessions.ChangeSession Sessions.RemoveSession
Sessions.ListSessionMessages Sessions.ReloadConfiguration
Operations.ResolveOrder Operations.AdjustPosition Operations.LoadPositions Operations.SplitPositions
"""


def _methods(names: str) -> frozenset[str]:
    return frozenset(f"gateway.v1.{name}" for name in names.split())


MAY_CALL = {
    "read": _methods(_READ),
    "trade": _methods(_TRADE),
    "cancel": _methods(_CANCEL),
    "risk": _methods(_RISK),
    "admin": _methods(_ADMIN),
    "none": frozenset[str](),
}
"""Right -> full names of the methods that it opens."""
