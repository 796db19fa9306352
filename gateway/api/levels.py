"""Which levels a caller may see."""

from gateway.api.rights import Caller

__all__ = ["is_visible"]


def is_visible(caller: Caller, level: str) -> bool:
    """Tell whether a level is there for the caller: any client for who may halt it, else only itself."""
    kind, _, name = level.partition(":")
    if kind == "account":
        return caller.may_use(name)
    return kind != "client" or name == caller.client or "risk" in caller.rights
