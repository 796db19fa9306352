"""Portfolio analytics, off the order path: what positions are worth, what they may lose, what they have made.

Money is exact (`decimal.Decimal`) in `valuation` and `exposure`. Statistics are estimates of samples and are binary
floats (numpy float64) in `returns`, `tail_risk` and `performance`; no price or position is ever made from them. What
a sample is too small to say is None, never NaN.
"""
