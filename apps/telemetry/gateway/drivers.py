"""Which driver speaks which protocol."""

from collections.abc import Callable

from apps.telemetry.choices import Protocol
from apps.telemetry.gateway.config import GatewayConfig
from apps.telemetry.gateway.driver import Driver, Intake
from apps.telemetry.gateway.iec104 import Iec104Driver
from apps.telemetry.gateway.modbus import ModbusDriver
from apps.telemetry.gateway.mqtt import MqttDriver
from apps.telemetry.gateway.sparkplug import SparkplugDriver

# Called with the configuration and the intake; must not block.
DRIVERS: dict[str, Callable[[GatewayConfig, Intake], Driver]] = {
    Protocol.IEC104: Iec104Driver,
    Protocol.MQTT: MqttDriver,
    Protocol.SPARKPLUG: SparkplugDriver,
    Protocol.MODBUS: ModbusDriver,
}


def driver_of(config: GatewayConfig, intake: Intake) -> Driver:
    """Raises KeyError if nobody here speaks the protocol."""
    return DRIVERS[config.protocol](config, intake)
