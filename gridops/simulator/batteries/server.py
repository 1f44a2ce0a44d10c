"""The plants on the wire: one Modbus TCP server, a unit for each plant."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from gridops.simulator.batteries.image import BASE, RegisterImage
from gridops.simulator.batteries.plant import SECOND_US, BatteryPlant

log = logging.getLogger(__name__)


def _now_us() -> int:
    return int(datetime.now(UTC).timestamp() * SECOND_US)


class BatteryServer:
    def __init__(self, plants: Sequence[BatteryPlant], host: str, port: int) -> None:
        self.host, self.port = host, port
        self._units = [_unit(RegisterImage(plant)) for plant in plants]
        self._serving: ModbusTcpServer | None = None

    async def start(self) -> None:
        """Raises OSError if the port cannot be had."""
        self._serving = ModbusTcpServer(self._units, address=(self.host, self.port))
        try:
            await self._serving.serve_forever(background=True)
        except RuntimeError as error:
            raise OSError(f"port {self.port} for the battery plants cannot be had: {error}") from error
        log.info("battery plants answer on %s:%d, units 1 to %d", self.host, self.port, len(self._units))

    async def stop(self) -> None:
        if self._serving is not None:
            await self._serving.shutdown()  # type: ignore[no-untyped-call]


def _unit(image: RegisterImage) -> SimDevice:
    async def asked(
        _function: int, _start: int, address: int, _count: int, registers: list[int], wanted: Sequence[int] | None
    ) -> ExcCodes | None:
        if wanted:
            refusal = image.write(address, [int(one) for one in wanted], _now_us())
            name = image.plant.design.name
            if refusal:
                log.info("%s: %d registers from %d refused: %s", name, len(wanted), address, refusal)
                return ExcCodes.ILLEGAL_VALUE
        registers[:] = image.words(_now_us())
        return None

    held = SimData(BASE, values=image.words(_now_us()), datatype=DataType.REGISTERS)
    return SimDevice(image.plant.design.unit, simdata=[held], action=asked)
