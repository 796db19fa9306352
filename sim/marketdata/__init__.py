"""Market data for those who asked: MarketDataRequest(V) in, W, X and Y out."""

from sim.marketdata.feed import Feed

__all__ = ["Feed"]
