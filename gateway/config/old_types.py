"""Types of FIX 4.0 and 4.1 that are narrower than what is sent.

Both versions call quantities INT, and FIX 4.0 also calls identifiers so: neither had a type for them yet. FIX 4.2
made the quantities QTY and the identifiers text. Venues that still speak the old versions send fractions of a share
and ExecIDs with letters all the same, and a fill that is rejected for its form is a fill that does not count.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.config.dictionary_xml import Model

__all__ = ["widen_old_types"]

QUANTITIES = (
    "AllocShares",
    "BidSize",
    "CumQty",
    "CxlQty",
    "LastShares",
    "LeavesQty",
    "MaxFloor",
    "MaxShow",
    "MinQty",
    "OfferSize",
    "OrderQty",
    "Shares",
)
IDENTIFIERS = ("AdvId", "AdvRefID", "AllocID", "ExecID", "ExecRefID", "IOIid", "IOIRefID", "RefAllocID")


def widen_old_types(model: Model) -> None:
    """Give quantities and identifiers of FIX 4.0 and 4.1 the types of FIX 4.2; others are left as they are."""
    if model.kind != "FIX" or (model.major, model.minor) not in ((4, 0), (4, 1)):
        return
    for names, kind in ((QUANTITIES, "QTY"), (IDENTIFIERS, "STRING")):
        for name in names:
            field = model.fields.get(name)
            if field is not None and field.type == "INT":
                model.fields[name] = replace(field, type=kind)
