"""Who answers what.

A counterparty has a role. Orders come from those without one; a drop copy session gets copies of what others are
told, and may ask but not trade.
"""

from collections.abc import Callable, Sequence

from sim.book import Status
from sim.config.settings import SessionRole
from sim.exchange import Exchange, Execution, Report, encode_report
from sim.exchange.fields import required
from sim.marketdata import Feed
from sim.services import mass, positions, securities, trades
from sim.services.outgoing import Answer, Asked, Outgoing
from sim.session import Version
from sim.wire import Fields, Message, format_utc, tags

__all__ = ["Services", "news"]

_TRADING = frozenset("DFGq")
_NOT_AUTHORIZED = 6  # BusinessRejectReason(380)
_EXECUTING_FIRM = "1"  # PartyRole(452)
_PROPRIETARY = "D"  # PartyIDSource(447)
_EVERYBODY = "*"
# What FIX 4.2 does not have.
_SINCE_44 = frozenset({"q", "AF", "AN", "AD", "x"})


class Services:
    def __init__(self, exchange: Exchange, roles: dict[str, SessionRole]) -> None:
        self._exchange = exchange
        self._roles = roles
        self._feed = Feed(exchange)
        self._status = securities.StatusFeed(exchange)
        self._trades = trades.TradeFeed(exchange)
        self._handlers: dict[str, Callable[[Asked], Sequence[Answer]]] = {
            "q": self._mass_cancel,
            "AF": lambda asked: mass.mass_status(exchange, asked),
            "AN": lambda asked: positions.positions(exchange, asked),
            "AD": self._trades.request,
            "Q": self._dont_know_trade,
            "V": self._feed.request,
            "x": lambda asked: securities.security_list(exchange, asked),
            "g": self._status.session_status,
            "e": self._status.security_status,
        }

    def may_not_trade(self, owner: str, msg_type: str) -> str | None:
        """Say why a counterparty may not send a message, or None where it may."""
        role = self._roles.get(owner)
        if role is None or msg_type not in _TRADING:
            return None
        return "a drop copy session sends no orders"

    def answer(self, owner: str, version: Version, message: Message, now: int) -> Sequence[Answer] | None:
        """Answer a message, or give None where it is not served in this version. Raises FieldError."""
        handler = self._handlers.get(message.msg_type)
        if handler is None or (version is Version.FIX42 and message.msg_type in _SINCE_44):
            return None
        return handler(Asked(owner, version, message, now))

    def copies(self, report: Report, version_of: Callable[[str], Version | None]) -> list[Outgoing]:
        """Give the drop copies of an ExecutionReport(8), with the owner as executing firm."""
        if not self._roles or not isinstance(report, Execution):
            return []
        told: list[Outgoing] = []
        for name, role in self._roles.items():
            followed = report.owner in role.drop_copy_of or _EVERYBODY in role.drop_copy_of
            version = version_of(name) if followed and name != report.owner else None
            if version is not None:
                msg_type, body = encode_report(report, version)
                told.append((name, msg_type, body + _copy_marks(report.owner, version)))
        return told

    def publish(self, now: int) -> list[Outgoing]:
        """Give what followers of markets are to be told; must be asked after every input."""
        changes, self._exchange.phase_changes = self._exchange.phase_changes, []
        return self._status.publish(changes, now) + self._feed.publish(now) + self._trades.publish()

    def disconnected(self, owner: str) -> None:
        self._feed.disconnected(owner)
        self._status.disconnected(owner)
        self._trades.disconnected(owner)

    def _mass_cancel(self, asked: Asked) -> list[Answer]:
        told = mass.mass_cancel(self._exchange, asked)
        if dict(told[0][2])[tags.MASS_CANCEL_RESPONSE] == mass.REJECTED:
            return [*told]
        reports: list[Report] = []
        for order in mass.affected(self._exchange, asked):
            if order.is_open:  # what one cancel sets in motion may end another
                reports += self._exchange.end(order, Status.CANCELED, asked.now, "mass cancel")
        return [*told, *reports]

    def _dont_know_trade(self, asked: Asked) -> list[Outgoing]:
        """Take note of DontKnowTrade(Q): people have to talk now, so it is in the ledger."""
        message = asked.message
        self._exchange.ledger.disowned(
            asked.owner,
            required(message, tags.ORDER_ID),
            message.get(tags.EXEC_ID) or "",
            required(message, tags.DK_REASON),
            message.get(tags.TEXT) or "",
        )
        return []


def news(headline: str, lines: list[str], now: int) -> tuple[str, Fields]:
    """Give a News(B) message."""
    body: Fields = [(tags.ORIG_TIME, format_utc(now)), (tags.HEADLINE, headline)]
    lines = lines or [headline]
    return "B", [*body, (tags.LINES_OF_TEXT, str(len(lines))), *((tags.TEXT, line) for line in lines)]


def _copy_marks(owner: str, version: Version) -> Fields:
    if version is Version.FIX42:
        return [(tags.CLIENT_ID, owner)]
    return [
        (tags.COPY_MSG_INDICATOR, "Y"),
        (tags.NO_PARTY_IDS, "1"),
        (tags.PARTY_ID, owner),
        (tags.PARTY_ID_SOURCE, _PROPRIETARY),
        (tags.PARTY_ROLE, _EXECUTING_FIRM),
    ]
