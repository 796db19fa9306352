"""The published rules of a venue around its exchange: limits, cancel on disconnect, numbering, batches."""

from sim.venue.cancel_on_disconnect import Connections
from sim.venue.limits import Limits
from sim.venue.numbering import Numbers

__all__ = ["Connections", "Limits", "Numbers"]
