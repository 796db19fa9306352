"""For every method of the API a pair of requests: about what is another client's, and about what does not exist."""

from gateway.v1 import (
    audit_pb2,
    control_pb2,
    events_pb2,
    executions_pb2,
    limits_pb2,
    operations_pb2,
    order_entry_pb2,
    queries_pb2,
)
from tests.integration.api.support import new_order
from tests.support.methods import METHODS

__all__ = ["FOREIGN", "PAIRS", "halt"]


def halt(level: str) -> control_pb2.SetTradingStateRequest:
    """Ask to halt a level."""
    return control_pb2.SetTradingStateRequest(level=level, state=events_pb2.TRADING_STATE_HALTED, reason="t")


def _adjust(account: str) -> operations_pb2.AdjustPositionRequest:
    return operations_pb2.AdjustPositionRequest(
        kind="POSITION_ADJUSTMENT_KIND_START_OF_DAY", account=account, strategy="s", instrument="ACME",
        quantity="1", price="1", reason="t",
    )  # fmt: skip


NONE = "reaches no account, order or client of others"
FIRM = "is the firm's, whoever calls"
EVERYTHING = "is shown, or shown whole, to whoever may see everything"
FOREIGN: dict[str, object] = {
    # A pair of requests: for what is beta's, and for what does not exist. Both are answered alike.
    "OrderEntry.SubmitOrder": lambda order, missing: order_entry_pb2.SubmitOrderRequest(
        order=new_order(f"f-{order}", account="B1" if order < missing else "B9")
    ),
    "OrderEntry.ReplaceOrder": lambda order, missing: order_entry_pb2.ReplaceOrderRequest(
        replace=order_entry_pb2.ReplaceCommand(client_request_id=f"r-{order}", order_id=order, quantity="5")
    ),
    "OrderEntry.CancelOrder": lambda order, missing: order_entry_pb2.CancelOrderRequest(
        cancel=order_entry_pb2.CancelCommand(client_request_id=f"x-{order}", order_id=order)
    ),
    "OrderEntry.SubmitLinkedOrders": lambda order, missing: order_entry_pb2.SubmitLinkedOrdersRequest(
        linked_orders=order_entry_pb2.LinkedOrders(
            client_request_id=f"l-{order}",
            kind="LINK_KIND_OCO",
            orders=[
                new_order(f"l-{order}-{leg}", account="B1" if order < missing else "B9") for leg in (1, 2)
            ],
        )
    ),
    "OrderEntry.SendBatch": lambda order, missing: order_entry_pb2.SendBatchRequest(
        commands=[
            order_entry_pb2.Command(
                cancel=order_entry_pb2.CancelCommand(client_request_id=f"b-{order}", order_id=order)
            )
        ]
    ),
    "OrderEntry.MassCancel": lambda order, missing: order_entry_pb2.MassCancelRequest(
        account="B1" if order < missing else "B9"
    ),
    "Orders.GetOrder": lambda order, missing: queries_pb2.GetOrderRequest(order_id=order, any_client=True),
    "Orders.ListOrders": lambda order, missing: queries_pb2.ListOrdersRequest(
        account="B1" if order < missing else "B9"
    ),
    "Orders.WatchOrders": lambda order, missing: queries_pb2.WatchOrdersRequest(
        account="B1" if order < missing else "B9"
    ),
    "Executions.ListExecutions": lambda order, missing: executions_pb2.ListExecutionsRequest(
        order_id=order, any_client=True
    ),
    "Executions.WatchExecutions": lambda order, missing: executions_pb2.WatchExecutionsRequest(
        account="B1" if order < missing else "B9", any_client=True
    ),
    "Audit.QueryEvents": lambda order, missing: audit_pb2.QueryEventsRequest(
        filter=audit_pb2.EventFilter(order_id=order), to_lsn=10
    ),
    "Audit.WatchEvents": lambda order, missing: audit_pb2.WatchEventsRequest(
        filter=audit_pb2.EventFilter(order_id=order)
    ),
    "Admin.GetVersion": FIRM,
    "Admin.GetHealth": FIRM,
    "Admin.GetConfiguration": FIRM,
    "Positions.ListPositions": lambda order, missing: queries_pb2.ListPositionsRequest(
        account="B1" if order < missing else "B9"
    ),
    "Positions.WatchPositions": lambda order, missing: queries_pb2.WatchPositionsRequest(
        account="B1" if order < missing else "B9"
    ),
    "Positions.SummarizePositions": lambda order, missing: queries_pb2.SummarizePositionsRequest(
        account="B1" if order < missing else "B9"
    ),
    "Operations.ResolveOrder": lambda order, missing: operations_pb2.ResolveOrderRequest(
        order_id=order, outcome="ORDER_STATUS_CANCELED", reason="t"
    ),
    "Operations.AdjustPosition": lambda order, missing: _adjust("B1" if order < missing else "B9"),
    "Operations.LoadPositions": lambda order, missing: operations_pb2.LoadPositionsRequest(
        batch_id="b",
        positions=[
            operations_pb2.StartOfDayPosition(
                account="B1" if order < missing else "B9",
                strategy="s",
                instrument="ACME",
                quantity="1",
                price="1",
            )
        ],
        reason="t",
    ),
    "Operations.SplitPositions": NONE,  # test_rights.py, test_operations.py
    "Operations.CancelOrders": lambda order, missing: operations_pb2.CancelOrdersRequest(
        order_ids=[order], any_client=True, reason="t"
    ),
    "Risk.SetTradingState": lambda order, missing: halt("account:B1" if order < missing else "account:B9"),
    "Risk.ListTradingStates": NONE,  # its own test, below
    "Risk.GetAnalytics": NONE,  # tests/integration/gateway/test_analytics.py
    # tests/integration/risk/test_limit_calls.py
    "Risk.GetLimits": NONE,
    "Risk.ListLimitUtilization": NONE,
    "Risk.CheckOrder": lambda order, missing: limits_pb2.CheckOrderRequest(
        order=new_order("", account="B1" if order < missing else "B9")
    ),
    "Risk.SetLimits": NONE,
    "Risk.GrantOverride": NONE,
    "Risk.GrantOrderOverride": NONE,
    "Risk.ListLimitChanges": NONE,
    "Risk.ApproveLimitChange": NONE,
    "Risk.EndLimitChange": NONE,
    "MarketData.ListReferencePrices": FIRM,
    "OrderEntry.Trade": NONE,  # commands as of the unary calls; events: test_stream.py
    "MarketData.SetReferencePrices": FIRM,
    "MarketData.SetRates": FIRM,
    "MarketData.ListRates": FIRM,
    "MarketData.SetMarketPhase": FIRM,
    "MarketData.ListMarketPhases": FIRM,
    "MarketData.ListQuotes": FIRM,
    "MarketData.WatchQuotes": FIRM,
    **{f"Sessions.{method.name}": FIRM for method in METHODS if method.containing_service.name == "Sessions"},
    # The firm's number of open orders and all clients' messages: test_rights.py.
    "Sessions.GetSession": EVERYTHING,
    "Sessions.ListSessionMessages": EVERYTHING,
}

PAIRS = [name for name, case in FOREIGN.items() if callable(case)]
"""The methods in whose requests something of another client can be named."""
