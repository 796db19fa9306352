"""What a venue answers beside orders: mass requests, positions, trades, securities and their status."""

from sim.services.outgoing import Outgoing
from sim.services.services import Services, news

__all__ = ["Outgoing", "Services", "news"]
