"""Terms that few orders have, as columns."""

from __future__ import annotations

import json

from gateway.store.decode import full_text, name_text, number, time_ns
from gateway.store.rows import TermsRow
from gateway.v1 import types_pb2

__all__ = ["no_terms", "take_terms", "terms_of"]

_NAMES = tuple(TermsRow.__annotations__)


def no_terms() -> TermsRow:
    """Give the columns of an order that has none."""
    return {
        "stop_price": None,
        "display_quantity": None,
        "min_quantity": None,
        "price_offset": None,
        "offset_type": "",
        "expire_ns": None,
        "expire_date": "",
        "exec_inst": "",
        "target_strategy": "",
        "target_strategy_parameters": "",
        "strategy_parameters": "",
    }


def terms_of(terms: types_pb2.OrderTerms, lsn: int) -> TermsRow:
    """Read the terms of an event."""
    where = f"of the event at lsn {lsn}"
    offset_type = types_pb2.OffsetType.Name(terms.offset_type) if terms.offset_type else ""
    parameters = [[each.name, each.type, each.value] for each in terms.strategy_parameters]
    return {
        "stop_price": number(terms.stop_price, f"stop_price {where}"),
        "display_quantity": number(terms.display_quantity, f"display_quantity {where}"),
        "min_quantity": number(terms.min_quantity, f"min_quantity {where}"),
        "price_offset": number(terms.offset, f"offset {where}"),
        "offset_type": offset_type.removeprefix("OFFSET_TYPE_"),
        "expire_ns": time_ns(terms.expire_time) if terms.HasField("expire_time") else None,
        "expire_date": name_text(terms.expire_date),
        "exec_inst": name_text(terms.exec_inst),
        "target_strategy": name_text(terms.target_strategy),
        "target_strategy_parameters": full_text(terms.target_strategy_parameters),
        "strategy_parameters": full_text(json.dumps(parameters, ensure_ascii=False)) if parameters else "",
    }


def take_terms(to: TermsRow, source: TermsRow) -> None:
    """Put the terms of one row into another."""
    to.update({name: source[name] for name in _NAMES})  # type: ignore[typeddict-item,literal-required]
