"""Units behind a Modbus server of pymodbus, and the registers of a SunSpec inverter."""

import struct
from collections.abc import Collection, Mapping, Sequence

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice
from sunspec2.device import Model

HOST = "127.0.0.1"
SUNSPEC_BASE = 40_000
MARK = (0x5375, 0x6E53)


def unit(number: int, registers: Mapping[int, Sequence[int]], bits: Sequence[bool] = (True, False)) -> SimDevice:
    """Holding and input registers at their addresses; what lies between does not exist."""
    held = [SimData(at, values=list(values), datatype=DataType.REGISTERS) for at, values in registers.items()]
    coils = [SimData(0, values=list(bits), datatype=DataType.BITS)]
    return SimDevice(number, simdata=(coils, coils, held, held))


async def serve(port: int, *units: SimDevice, mute: Collection[int] = ()) -> ModbusTcpServer:
    """Requests to a unit in `mute` are not heard."""

    def passed(is_sending: bool, octets: bytes) -> bytes:
        return b"" if not is_sending and octets[6:7] and octets[6] in mute else octets

    server = ModbusTcpServer(list(units), address=(HOST, port), trace_packet=passed)
    await server.serve_forever(background=True)
    return server


def words(form: str, *numbers: float) -> list[int]:
    return in_words(struct.pack(f">{form}", *numbers))


def in_words(octets: bytes) -> list[int]:
    return [int.from_bytes(octets[at : at + 2], "big") for at in range(0, len(octets), 2)]


def inverter() -> list[int]:
    """SunSpec models 1, 103 and 714 (two ports) as the Alliance's own library writes them; there is no VAr."""
    ac = Model(103)
    ac.W_SF.value, ac.A_SF.value, ac.Hz_SF.value = 1, -1, -2
    ac.W.cvalue, ac.A.cvalue, ac.Hz.cvalue = -9050, 41.2, 49.98
    ports = [{"DCW": 30}, {"DCW": 60}]
    dc = Model(714, data={"ID": 714, "NPrt": 2, "DCW_SF": 1, "DCW": 90, "Prt": ports})
    models = b"".join(model.get_mb() for model in (Model(1), ac, dc))
    return [*MARK, *in_words(models), 0xFFFF, 0]
