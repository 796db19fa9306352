"""Reports into FIX application messages, each version in its own words."""

from sim.book import PLAIN, Status
from sim.exchange.fields import number
from sim.exchange.reports import (
    CancelReject,
    CancelRejectReason,
    Execution,
    ExecutionKind,
    OrderRejectReason,
    Report,
)
from sim.exchange.terms import encode_terms
from sim.session import Version
from sim.wire import Fields, format_utc, tags

__all__ = ["encode_report"]

# ExecType(150). From 4.3 on trades are F and status answers I; 4.2 gives the status instead, and says in
# ExecTransType(20) that an answer is only a status.
_EXEC_TYPES = {
    ExecutionKind.PENDING_NEW: "A",
    ExecutionKind.NEW: "0",
    ExecutionKind.TRADE: "F",
    ExecutionKind.TRADE_CANCEL: "H",
    ExecutionKind.TRADE_CORRECT: "G",
    ExecutionKind.CANCELED: "4",
    ExecutionKind.PENDING_CANCEL: "6",
    ExecutionKind.REPLACED: "5",
    ExecutionKind.PENDING_REPLACE: "E",
    ExecutionKind.REJECTED: "8",
    ExecutionKind.EXPIRED: "C",
    ExecutionKind.RESTATED: "D",
    ExecutionKind.DONE_FOR_DAY: "3",
    ExecutionKind.TRIGGERED: "L",
    ExecutionKind.STATUS: "I",
}
# ExecTransType(20): up to 4.2 it says what ExecType(150) says later.
_TRANS_TYPES = {
    ExecutionKind.TRADE_CANCEL: "1",
    ExecutionKind.TRADE_CORRECT: "2",
    ExecutionKind.STATUS: "3",
}
# OrdStatus(39) that belongs to the report rather than to the order.
_REPORT_STATUS = {
    ExecutionKind.PENDING_NEW: "A",
    ExecutionKind.PENDING_CANCEL: "6",
    ExecutionKind.PENDING_REPLACE: "E",
    ExecutionKind.DONE_FOR_DAY: "3",
}
# The greatest value of OrdRejReason(103) that a version defines below 99, and its word for "other".
_ORDER_REJECTS = {
    Version.FIX42: (8, OrderRejectReason.BROKER_OPTION),
    Version.FIX44: (15, OrderRejectReason.OTHER),
    Version.FIX50SP2: (18, OrderRejectReason.OTHER),
}
# ExecRestatementReason(378) of a stop order that was triggered: only 5.0 has an ExecType(150) for it.
_RESTATED_BY_TRIGGER = {Version.FIX42: 4, Version.FIX44: 99, Version.FIX50SP2: None}
_ABSOLUTE = "3"  # CommType(13)
_ADDED, _REMOVED = "1", "2"  # LastLiquidityInd(851)
_STATUS_EXEC_ID = "0"  # FIX 4.2 and 4.4: ExecID(17) is 0 on an answer to a status request


def encode_report(report: Report, version: Version) -> tuple[str, Fields]:
    """Give MsgType(35) and body."""
    if isinstance(report, Execution):
        return "8", _execution(report, version)
    return "9", _cancel_reject(report, version)


def _execution(report: Execution, version: Version) -> Fields:
    kind = report.kind
    is_status = kind is ExecutionKind.STATUS
    ord_status = _ord_status(report, version)
    body: Fields = [(tags.ORDER_ID, report.order_id), (tags.CL_ORD_ID, report.cl_ord_id)]
    if report.orig_cl_ord_id is not None:
        body.append((tags.ORIG_CL_ORD_ID, report.orig_cl_ord_id))
    if report.request_id is not None and version is not Version.FIX42:
        body.append((tags.ORD_STATUS_REQ_ID, report.request_id))
    body.append((tags.EXEC_ID, _STATUS_EXEC_ID if is_status else report.exec_id))
    if report.exec_ref_id is not None:
        body.append((tags.EXEC_REF_ID, report.exec_ref_id))
    if version is Version.FIX42:
        body.append((tags.EXEC_TRANS_TYPE, _TRANS_TYPES.get(kind, "0")))
    if version is Version.FIX42 and (kind is ExecutionKind.TRADE or kind in _TRANS_TYPES):
        exec_type = ord_status
    elif kind is ExecutionKind.TRIGGERED and version is not Version.FIX50SP2:
        exec_type = _EXEC_TYPES[ExecutionKind.RESTATED]
    else:
        exec_type = _EXEC_TYPES[kind]
    body += [(tags.EXEC_TYPE, exec_type), (tags.ORD_STATUS, ord_status)]
    if report.reject_reason is not None:
        body.append((tags.ORD_REJ_REASON, str(_order_reject(report.reject_reason, version))))
    restatement = _RESTATED_BY_TRIGGER[version] if kind is ExecutionKind.TRIGGERED else report.restatement
    if restatement is not None:
        body.append((tags.EXEC_RESTATEMENT_REASON, str(restatement)))
    if report.account:
        body.append((tags.ACCOUNT, report.account))
    body += [
        (tags.SYMBOL, report.symbol),
        (tags.SIDE, report.side.value),
        (tags.ORDER_QTY, number(report.quantity)),
    ]
    if report.order_type is not None:
        body.append((tags.ORD_TYPE, report.order_type.value))
    if report.price is not None:
        body.append((tags.PRICE, number(report.price)))
    if report.time_in_force is not None:
        body.append((tags.TIME_IN_FORCE, report.time_in_force.value))
    if report.terms is not PLAIN:
        body += encode_terms(report.terms, report.order_type, version)
    if report.last_quantity is not None and report.last_price is not None:
        body += [(tags.LAST_QTY, number(report.last_quantity)), (tags.LAST_PX, number(report.last_price))]
    if report.fee is not None:
        body += [(tags.COMMISSION, number(report.fee)), (tags.COMM_TYPE, _ABSOLUTE)]
    if report.is_maker is not None and version is not Version.FIX42:
        body.append((tags.LAST_LIQUIDITY_IND, _ADDED if report.is_maker else _REMOVED))
    body += [
        (tags.LEAVES_QTY, number(report.leaves)),
        (tags.CUM_QTY, number(report.cum)),
        (tags.AVG_PX, number(report.average_price)),
        (tags.TRANSACT_TIME, format_utc(report.at)),
    ]
    if report.text:
        body.append((tags.TEXT, report.text))
    return body


def _ord_status(report: Execution, version: Version) -> str:
    status = _REPORT_STATUS.get(report.kind)
    if status is not None:
        return status
    if version is Version.FIX42 and report.kind is ExecutionKind.REPLACED and report.status is Status.NEW:
        return "5"  # "Replaced" is a status of its own up to 4.2, of less precedence than a partial fill
    return report.status.value


def _order_reject(reason: int, version: Version) -> int:
    greatest, other = _ORDER_REJECTS[version]
    return int(other) if reason > greatest else reason


def _cancel_reject(report: CancelReject, version: Version) -> Fields:
    reason = report.reason
    if version is Version.FIX42 and reason > CancelRejectReason.PENDING:
        reason = CancelRejectReason.BROKER_OPTION  # 4.2 has no word for the others
    body: Fields = [
        (tags.ORDER_ID, report.order_id),
        (tags.CL_ORD_ID, report.cl_ord_id),
        (tags.ORIG_CL_ORD_ID, report.orig_cl_ord_id),
        (tags.ORD_STATUS, report.status.value),
    ]
    if report.account:
        body.append((tags.ACCOUNT, report.account))
    return [
        *body,
        (tags.TRANSACT_TIME, format_utc(report.at)),
        (tags.CXL_REJ_RESPONSE_TO, "2" if report.to_replace else "1"),
        (tags.CXL_REJ_REASON, str(int(reason))),
        (tags.TEXT, report.text),
    ]
