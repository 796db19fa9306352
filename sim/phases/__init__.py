"""The day of a market: its phases, auctions, and in `sim.phases.calendar` what sets them."""

from sim.phases.auction import Equilibrium, equilibrium
from sim.phases.phase import Phase

__all__ = ["Equilibrium", "Phase", "equilibrium"]
