"""Portfolio analytics as the gateway tells them. Money is exact for exposures and profits; None is what the samples are
too few to say.
"""

from dataclasses import dataclass
from decimal import Decimal

__all__ = ["Analytics", "AnalyticsUtilization", "LevelAnalytics"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelAnalytics:
    """The analytics of one level, in the currency of the whole."""

    level: str
    """"firm", or account, strategy, instrument, venue or currency and a name: "account:A1"."""
    long_exposure: Decimal | None
    short_exposure: Decimal | None
    gross_exposure: Decimal | None
    net_exposure: Decimal | None
    realized_profit: Decimal | None
    unrealized_profit: Decimal | None
    historical_var: Decimal | None
    """Loss that was not exceeded in the confidence's share of the samples; negative where even that is a gain."""
    historical_shortfall: Decimal | None
    """Mean of the losses beyond."""
    parametric_var: Decimal | None
    """The same of a normal distribution with the samples' mean and deviation."""
    parametric_shortfall: Decimal | None
    volatility: Decimal | None
    """Standard deviation of the positions' profit, a year."""
    drawdown: Decimal | None
    """Fall of total profit from its highest, now."""
    drawdown_max: Decimal | None
    sharpe_ratio: Decimal | None
    periods: int
    """Samples of price changes that value at risk rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyticsUtilization:
    """How far a limit on analytics is used."""

    level: str
    metric: str
    """Such as "historical_var"."""
    value: Decimal | None
    limit: Decimal | None
    share_percent: Decimal | None
    action: str
    """What a breach does: "warn", "halt" and the like."""
    outcome: str
    """What was done about the breach that stands, for people; empty where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analytics:
    """The last sample, for what the client may see."""

    time_ns: int
    """When it was taken; 0 before the first."""
    currency: str
    confidence: Decimal
    """Of value at risk and expected shortfall, such as 0.99."""
    horizon: int
    """Samples that they look ahead."""
    sample_interval_ms: int
    levels: tuple[LevelAnalytics, ...]
    """Firm first, then accounts, strategies, instruments, venues and currencies."""
    utilizations: tuple[AnalyticsUtilization, ...]
    without_price: tuple[str, ...]
    """Instruments that are held and left out of all sums, because they have no reference price."""
    without_rate: tuple[str, ...]
    """Currencies that are held and left out of all sums, because they have no rate."""
