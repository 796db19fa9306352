"""SecurityListRequest(x), and status of the session (g) and of securities (e), once or as it changes."""

from decimal import Decimal

from sim.exchange import Exchange
from sim.exchange.fields import number, required
from sim.phases import Phase
from sim.services.outgoing import Asked, Outgoing
from sim.session import Version
from sim.wire import Fields, format_utc, tags

__all__ = ["StatusFeed", "security_list"]

_ZERO = Decimal(0)
_SYMBOL, _ALL = "0", "4"
# SecurityRequestResult(560)
_VALID, _UNSUPPORTED, _NONE_FOUND = "0", "1", "2"
_SNAPSHOT, _SUBSCRIBE, _UNSUBSCRIBE = "0", "1", "2"
_DAY = "1"  # TradingSessionID(336)
_PRICE_INDICATION = "5"
_REQUEST_REJECTED, _UNKNOWN_SECURITY = "6", "20"
# TradSesStatus(340), TradingSessionSubID(625) and SecurityTradingStatus(326) of each phase
_SESSION_STATUS = {
    Phase.PRE_OPEN: ("4", "1"),
    Phase.OPENING_AUCTION: ("4", "2"),
    Phase.CONTINUOUS: ("2", "3"),
    Phase.HALT: ("1", "9"),
    Phase.CLOSING_AUCTION: ("5", "4"),
    Phase.CLOSED: ("3", "5"),
}
_SECURITY_STATUS = {
    Phase.PRE_OPEN: "21",
    Phase.OPENING_AUCTION: "22",
    Phase.CONTINUOUS: "17",
    Phase.HALT: "2",
    Phase.CLOSING_AUCTION: "5",
    Phase.CLOSED: "18",
}
_OPENING_DELAY = "1"  # what 4.2 has instead of pre-open and opening rotation


def security_list(exchange: Exchange, asked: Asked) -> list[Outgoing]:
    """Answer SecurityListRequest(x) for one symbol (559=0) or for all (4)."""
    message = asked.message
    kind = required(message, tags.SECURITY_LIST_REQUEST_TYPE)
    symbol = message.get(tags.SYMBOL)
    chosen = [s for s in exchange.instruments if kind == _ALL or s == symbol]
    result = _UNSUPPORTED if kind not in (_SYMBOL, _ALL) else _VALID if chosen else _NONE_FOUND
    body: Fields = [
        (tags.SECURITY_REQ_ID, required(message, tags.SECURITY_REQ_ID)),
        (tags.SECURITY_RESPONSE_ID, exchange.ids.report()),
        (tags.SECURITY_REQUEST_RESULT, result),
    ]
    if result != _VALID:
        return [(asked.owner, "y", body)]
    body += [(tags.TOT_NO_RELATED_SYM, str(len(chosen))), (tags.NO_RELATED_SYM, str(len(chosen)))]
    for name in chosen:
        instrument = exchange.instruments[name]
        body += [(tags.SYMBOL, name), (tags.ROUND_LOT, number(instrument.lot))]
        if asked.version is Version.FIX50SP2:
            body.append((tags.MIN_PRICE_INCREMENT, number(instrument.tick)))
    return [(asked.owner, "y", body)]


class StatusFeed:
    """Who follows the session's and the securities' status. Ends with the connection."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        # By owner and request: version, and of a security its symbol.
        self._sessions: dict[tuple[str, str], Version] = {}
        self._securities: dict[tuple[str, str], tuple[Version, str]] = {}
        self._indicated: dict[str, str] = {}

    def session_status(self, asked: Asked) -> list[Outgoing]:
        """Answer TradingSessionStatusRequest(g)."""
        request_id = required(asked.message, tags.TRAD_SES_REQ_ID)
        kind = required(asked.message, tags.SUBSCRIPTION_REQUEST_TYPE)
        key = (asked.owner, request_id)
        if kind == _UNSUBSCRIBE:
            self._sessions.pop(key, None)
            return []
        if kind not in (_SNAPSHOT, _SUBSCRIBE):
            text = f"SubscriptionRequestType(263) must be 0, 1 or 2, was {kind}"
            body = [
                (tags.TRAD_SES_REQ_ID, request_id),
                (tags.TRADING_SESSION_ID, _DAY),
                (tags.TRAD_SES_STATUS, _REQUEST_REJECTED if asked.version is not Version.FIX42 else "3"),
                (tags.TEXT, text),
            ]
            return [(asked.owner, "h", body)]
        if kind == _SUBSCRIBE:
            self._sessions[key] = asked.version
        return [self._session(key, asked.version, unsolicited=False)]

    def security_status(self, asked: Asked) -> list[Outgoing]:
        """Answer SecurityStatusRequest(e)."""
        request_id = required(asked.message, tags.SECURITY_STATUS_REQ_ID)
        symbol = required(asked.message, tags.SYMBOL)
        kind = required(asked.message, tags.SUBSCRIPTION_REQUEST_TYPE)
        key = (asked.owner, request_id)
        if kind == _UNSUBSCRIBE:
            self._securities.pop(key, None)
            return []
        if symbol not in self._exchange.markets:
            body = [
                (tags.SECURITY_STATUS_REQ_ID, request_id),
                (tags.SYMBOL, symbol),
                (tags.SECURITY_TRADING_STATUS, _UNKNOWN_SECURITY),
            ]
            return [(asked.owner, "f", body)]
        if kind == _SUBSCRIBE:
            self._securities[key] = (asked.version, symbol)
        return [self._security(key, asked.version, symbol, asked.now, unsolicited=False)]

    def disconnected(self, owner: str) -> None:
        for requests in (self._sessions, self._securities):
            for key in [key for key in requests if key[0] == owner]:
                del requests[key]

    def publish(self, changes: list[tuple[str, Phase, int]], now: int) -> list[Outgoing]:
        """Tell the followers of changed phases, and of indicative prices that moved."""
        told: list[Outgoing] = []
        if changes:
            told += [self._session(key, version, unsolicited=True) for key, version in self._sessions.items()]
        changed = {symbol for symbol, _, _ in changes}
        for key, (version, symbol) in self._securities.items():
            if symbol in changed:
                told.append(self._security(key, version, symbol, now, unsolicited=True))
        return told + (self._indications(now) if self._securities else [])

    def _indications(self, now: int) -> list[Outgoing]:
        told: list[Outgoing] = []
        for symbol in {symbol for _, symbol in self._securities.values()}:
            market = self._exchange.markets[symbol]
            result = market.indicative() if market.phase.is_call else None
            text = "" if result is None else f"{result.price} {result.volume} {result.surplus}"
            if text == self._indicated.get(symbol, ""):
                continue
            self._indicated[symbol] = text
            if result is None:
                continue
            for key, (_, followed) in self._securities.items():
                if followed == symbol:
                    body: Fields = [
                        (tags.SECURITY_STATUS_REQ_ID, key[1]),
                        (tags.SYMBOL, symbol),
                        (tags.UNSOLICITED_INDICATOR, "Y"),
                        (tags.SECURITY_TRADING_STATUS, _PRICE_INDICATION),
                        (tags.BUY_VOLUME, number(result.volume + max(result.surplus, _ZERO))),
                        (tags.SELL_VOLUME, number(result.volume - min(result.surplus, _ZERO))),
                        (tags.HIGH_PX, number(result.price)),
                        (tags.LOW_PX, number(result.price)),
                        (tags.TRANSACT_TIME, format_utc(now)),
                    ]
                    told.append((key[0], "f", body))
        return told

    def _session(self, key: tuple[str, str], version: Version, unsolicited: bool) -> Outgoing:
        status, sub_id = _SESSION_STATUS[self._exchange.phase]
        body: Fields = [(tags.TRAD_SES_REQ_ID, key[1]), (tags.TRADING_SESSION_ID, _DAY)]
        if version is not Version.FIX42:
            body.append((tags.TRADING_SESSION_SUB_ID, sub_id))
        body += [(tags.UNSOLICITED_INDICATOR, "Y" if unsolicited else "N"), (tags.TRAD_SES_STATUS, status)]
        return (key[0], "h", body)

    def _security(
        self, key: tuple[str, str], version: Version, symbol: str, now: int, unsolicited: bool
    ) -> Outgoing:
        market = self._exchange.markets[symbol]
        status = _SECURITY_STATUS[market.phase]
        if version is Version.FIX42 and int(status) > int(_UNKNOWN_SECURITY):
            status = _OPENING_DELAY
        body: Fields = [
            (tags.SECURITY_STATUS_REQ_ID, key[1]),
            (tags.SYMBOL, symbol),
            (tags.TRADING_SESSION_ID, _DAY),
            (tags.UNSOLICITED_INDICATOR, "Y" if unsolicited else "N"),
            (tags.SECURITY_TRADING_STATUS, status),
            (tags.LAST_PX, number(market.last_price)),
            (tags.TRANSACT_TIME, format_utc(now)),
        ]
        return (key[0], "f", body)
