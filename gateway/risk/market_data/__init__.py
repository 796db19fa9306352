"""Market data sessions: quotes of venues into reference prices, off the order path."""
