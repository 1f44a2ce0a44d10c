"""The process that holds the link of a gateway. A driver speaks the protocol; all else is the same for every one."""

from apps.telemetry.gateway.config import GatewayConfig, PointAddress
from apps.telemetry.gateway.driver import Driver, Intake, LinkFigures, Values
from apps.telemetry.gateway.process import GatewayProcess, run

__all__ = ["Driver", "GatewayConfig", "GatewayProcess", "Intake", "LinkFigures", "PointAddress", "Values", "run"]
