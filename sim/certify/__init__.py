"""The certification kit: a documented list of cases, played against any FIX counterparty, with a report."""
