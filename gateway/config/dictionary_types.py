"""The field types that dictionaries use, and what the core makes of them."""

from __future__ import annotations

from gateway.config.dictionary_xml import DictionaryError, Field

__all__ = ["TYPES", "type_name"]

# The position is the number in the blob: FieldType in dictionary.hpp lists the same, in the same order.
TYPES = (
    "STRING",
    "CHAR",
    "BOOLEAN",
    "MULTIPLECHARVALUE",
    "MULTIPLESTRINGVALUE",
    "INT",
    "LENGTH",
    "SEQNUM",
    "NUMINGROUP",
    "TAGNUM",
    "DAYOFMONTH",
    "FLOAT",
    "QTY",
    "PRICE",
    "PRICEOFFSET",
    "AMT",
    "PERCENTAGE",
    "UTCTIMESTAMP",
    "UTCTIMEONLY",
    "UTCDATE",
    "LOCALMKTDATE",
    "LOCALMKTTIME",
    "MONTHYEAR",
    "TZTIMEONLY",
    "TZTIMESTAMP",
    "DATA",
)
ALIASES = {
    "MULTIPLEVALUESTRING": "MULTIPLESTRINGVALUE",
    "TIME": "UTCTIMESTAMP",
    "DATE": "UTCDATE",
    "UTCDATEONLY": "UTCDATE",
    "XMLDATA": "DATA",
    "QUANTITY": "QTY",
    "EXCHANGE": "STRING",
    "CURRENCY": "STRING",
    "COUNTRY": "STRING",
    "LANGUAGE": "STRING",
    "PATTERN": "STRING",
    "TENOR": "STRING",
    "XID": "STRING",
    "XIDREF": "STRING",
    "RESERVED100PLUS": "INT",
    "RESERVED1000PLUS": "INT",
    "RESERVED4000PLUS": "INT",
}


def type_name(f: Field) -> str:
    """Return the name in TYPES of a field's type.

    Raises:
        DictionaryError: the type is unknown.
    """
    name = f.type.upper()
    name = ALIASES.get(name, name)
    if name not in TYPES:
        known = ", ".join(sorted({*TYPES, *ALIASES}))
        raise DictionaryError(
            f"{f.place}: expected a known type for field {f.name}, was {f.type!r}; use one of {known}"
        )
    return name
