"""The control plane of risk: limits as configuration, prices, portfolio analytics. The checks are in core/risk."""
