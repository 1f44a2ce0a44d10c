"""The controllers on the wire: one Modbus TCP server, a unit for each microgrid."""

import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from gridops.simulator.microgrids.image import ControllerImage
from gridops.simulator.microgrids.parts import Microgrid

log = logging.getLogger(__name__)


def _now_s() -> float:
    return datetime.now(UTC).timestamp()


class MicrogridServer:
    def __init__(self, microgrids: Sequence[Microgrid], host: str, port: int) -> None:
        self.host, self.port = host, port
        self._units = [_unit(ControllerImage(one)) for one in microgrids]
        self._serving: ModbusTcpServer | None = None

    async def start(self) -> None:
        """Raises OSError if the port cannot be had."""
        self._serving = ModbusTcpServer(self._units, address=(self.host, self.port))
        try:
            await self._serving.serve_forever(background=True)
        except RuntimeError as error:
            raise OSError(f"port {self.port} for the microgrids cannot be had: {error}") from error
        log.info("microgrids answer on %s:%d, units 1 to %d", self.host, self.port, len(self._units))

    async def stop(self) -> None:
        if self._serving is not None:
            await self._serving.shutdown()  # type: ignore[no-untyped-call]


def _unit(image: ControllerImage) -> SimDevice:
    async def asked(
        _function: int, _start: int, address: int, _count: int, registers: list[int], wanted: Sequence[int] | None
    ) -> ExcCodes | None:
        if wanted:
            refusal = image.write(address, [int(one) for one in wanted])
            name = image.microgrid.places.name
            log.info("microgrid of %s: register %d set, %s", name, address, refusal or "taken")
            if refusal:
                return ExcCodes.ILLEGAL_VALUE
        registers[:] = image.words(_now_s())
        return None

    held = SimData(0, values=image.words(_now_s()), datatype=DataType.REGISTERS)
    return SimDevice(image.microgrid.places.unit, simdata=[held], action=asked)
