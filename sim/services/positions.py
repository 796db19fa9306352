"""RequestForPositions(AN): an acknowledgement (AO) and a report (AP) for each position."""

from decimal import Decimal

from sim.exchange import Exchange
from sim.exchange.fields import number, required
from sim.ledger import Position
from sim.services.outgoing import Asked, Outgoing
from sim.wire import Fields, format_utc, tags

__all__ = ["positions"]

_POSITIONS = "0"
# PosReqResult(728) and PosReqStatus(729)
_VALID, _UNSUPPORTED, _NONE_FOUND = "0", "1", "2"
_COMPLETED, _REJECTED = "0", "2"
_CUSTOMER = "1"  # AccountType(581)
_FINAL = "1"  # SettlPriceType(731)


def positions(exchange: Exchange, asked: Asked) -> list[Outgoing]:
    """Answer for the account that is named, or for all accounts of the counterparty where none or * is.

    LongQty(704) and ShortQty(705) of PosType(703)=TQ are what was bought and sold; of TOT they are the net.
    """
    message, owner = asked.message, asked.owner
    request_id, kind = required(message, tags.POS_REQ_ID), required(message, tags.POS_REQ_TYPE)
    account = message.get(tags.ACCOUNT)
    found = [
        (key, position)
        for key, position in exchange.ledger.positions.items()
        if key[0] == owner and account in (None, "*", key[1]) and message.get(tags.SYMBOL) in (None, key[2])
    ]
    result = _UNSUPPORTED if kind != _POSITIONS else _VALID if found else _NONE_FOUND
    if result != _VALID:
        found = []
    ack: Fields = [
        (tags.POS_MAINT_RPT_ID, exchange.ids.report()),
        (tags.POS_REQ_ID, request_id),
        (tags.TOTAL_NUM_POS_REPORTS, str(len(found))),
        (tags.POS_REQ_RESULT, result),
        (tags.POS_REQ_STATUS, _REJECTED if result == _UNSUPPORTED else _COMPLETED),
        (tags.ACCOUNT, account or "*"),
        (tags.ACCOUNT_TYPE, _CUSTOMER),
    ]
    if result == _UNSUPPORTED:
        ack.append((tags.TEXT, f"PosReqType(724) must be {_POSITIONS}, was {kind}"))
    reports = [(owner, "AP", _report(exchange, asked, request_id, len(found), *entry)) for entry in found]
    return [(owner, "AO", ack), *reports]


def _report(
    exchange: Exchange,
    asked: Asked,
    request_id: str,
    total: int,
    key: tuple[str, str, str],
    position: Position,
) -> Fields:
    _, account, symbol = key
    net = position.bought - position.sold
    zero = Decimal(0)
    last = number(exchange.markets[symbol].last_price)
    return [
        (tags.POS_MAINT_RPT_ID, exchange.ids.report()),
        (tags.POS_REQ_ID, request_id),
        (tags.TOTAL_NUM_POS_REPORTS, str(total)),
        (tags.POS_REQ_RESULT, _VALID),
        (tags.CLEARING_BUSINESS_DATE, format_utc(asked.now)[:8]),
        (tags.ACCOUNT, account or "*"),
        (tags.ACCOUNT_TYPE, _CUSTOMER),
        (tags.SYMBOL, symbol),
        (tags.SETTL_PRICE, last),
        (tags.SETTL_PRICE_TYPE, _FINAL),
        (tags.PRIOR_SETTL_PRICE, last),
        (tags.NO_POSITIONS, "2"),
        *((tags.POS_TYPE, "TQ"), (tags.LONG_QTY, number(position.bought))),
        (tags.SHORT_QTY, number(position.sold)),
        *((tags.POS_TYPE, "TOT"), (tags.LONG_QTY, number(max(net, zero)))),
        (tags.SHORT_QTY, number(max(-net, zero))),
    ]
