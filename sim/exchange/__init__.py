"""The exchange: requests in, reports out, and the translation of both from and to FIX."""

from sim.exchange.decode import decode
from sim.exchange.encode import encode_report
from sim.exchange.exchange import Exchange
from sim.exchange.fields import FieldError
from sim.exchange.intake import Intake
from sim.exchange.reports import CancelReject, Execution, ExecutionKind, Report
from sim.exchange.requests import CancelOrder, NewOrder, ReplaceOrder, Request, StatusRequest

__all__ = [
    "CancelOrder",
    "CancelReject",
    "Exchange",
    "Execution",
    "ExecutionKind",
    "FieldError",
    "Intake",
    "NewOrder",
    "ReplaceOrder",
    "Report",
    "Request",
    "StatusRequest",
    "decode",
    "encode_report",
]
