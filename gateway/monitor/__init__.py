"""Metrics and health of a running gateway."""

from gateway.monitor.collector import GatewayCollector, make_registry
from gateway.monitor.health import Health, HealthBounds, HealthReport, Part
from gateway.monitor.server import MonitorServer, MonitorSettings
from gateway.monitor.sources import GatewayStatus, ProjectorStatus, ProjectorView

__all__ = [
    "GatewayCollector",
    "GatewayStatus",
    "Health",
    "HealthBounds",
    "HealthReport",
    "MonitorServer",
    "MonitorSettings",
    "Part",
    "ProjectorStatus",
    "ProjectorView",
    "make_registry",
]
