"""Orders that hang together."""

from gateway.client.enums.base import ProtoEnum

__all__ = ["LinkKind", "LinkProblem", "PartialFillPolicy", "ReleasePolicy"]


class LinkKind(ProtoEnum):
    """How orders hang together."""

    UNSPECIFIED = 0
    OCO = 1
    OTO = 2
    BRACKET = 3


class PartialFillPolicy(ProtoEnum):
    """What a fill of one order of an OCO does to the others."""

    UNSPECIFIED = 0
    REDUCE = 1
    CANCEL = 2


class ReleasePolicy(ProtoEnum):
    """When the children of an OTO or bracket are sent."""

    UNSPECIFIED = 0
    ON_FULL_FILL = 1
    IN_PROPORTION = 2


class LinkProblem(ProtoEnum):
    """What a link could not do."""

    UNSPECIFIED = 0
    OVERFILLED = 1
    RELEASE_DENIED = 2
    REFUSED = 3
