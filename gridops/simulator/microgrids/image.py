"""The registers of one microgrid's controller: holding registers from 0, a unit a microgrid.

    0  mode, uint16: 0 off, 1 connected, 2 islanded, 3 synchronising. Can be set to 1, 2, 3
    1  load groups cut, uint16: 0 none, 1 those of priority 3, 2 those of priority 2 as well. Can be set
    2  state, uint16: bit 0 the coupling is closed, bit 1 the part stands alone and lives, bit 2 it has voltage
    4  frequency inside, Hz            6  slip: inside less outside, Hz     8  angle: inside before outside, degrees
   10  voltage: inside less outside, pu    12  voltage outside, pu         14  frequency outside, Hz
   16  power over the coupling, kW, positive from the grid into the part   18  beats, uint32, one a second
   32  and every 16 more, one generator each:
       +0  runs, uint16: 0 or 1        +1  state, uint16: 0 stopped, 1 starting, 2 runs, 3 failed
       +2  set-point, kW; can be set, 0 stops it, from its least power on it starts   +4  power, kW   +6  fuel, kWh
  256  and every 4 more, one storage of the part each besides the one that forms the island:
       +0  state of charge, %   +2  power, kW, positive into the part

Where no type is named a value is a float32, most significant word first. What is set is answered by the exception
'illegal data value' where the controller does not take it.
"""

from collections.abc import Callable, Sequence
from struct import pack, unpack

from gridops.simulator.microgrids.genset import Genset
from gridops.simulator.microgrids.parts import Microgrid

MODE, SHED, STATE = 0, 1, 2
FREQUENCY, SLIP, ANGLE, VOLTAGE_DIFFERENCE, GRID_VOLTAGE, GRID_FREQUENCY, EXCHANGE, BEATS = range(4, 20, 2)
GENERATORS, GENERATOR_REGISTERS = 32, 16
RUNS, SET_POINT, POWER, FUEL = 0, 2, 4, 6
STORAGES, STORAGE_REGISTERS = 256, 4
CHARGE, STORAGE_POWER = 0, 2
_WORDS_OF_FLOAT = 2


def generator_base(number: int) -> int:
    """Of the generators from 0."""
    return GENERATORS + GENERATOR_REGISTERS * number


def storage_base(number: int) -> int:
    """Of the other storages from 0."""
    return STORAGES + STORAGE_REGISTERS * number


class ControllerImage:
    def __init__(self, microgrid: Microgrid) -> None:
        self.microgrid = microgrid
        self.size = storage_base(len(microgrid.places.rest))
        self._set_point = {generator_base(n) + SET_POINT: one for n, one in enumerate(microgrid.gensets)}

    def words(self, at_s: float) -> list[int]:
        one, words = self.microgrid.controller, [0] * self.size
        words[MODE], words[SHED] = int(one.mode), one.shed
        words[STATE] = one.closed | one.is_live << 1 | one.has_voltage << 2
        told = (one.hz, one.slip_hz, one.angle_told_deg, one.voltage_difference_pu, one.grid_voltage_pu, one.grid_hz)
        for place, value in enumerate((*told, one.exchange_kw)):
            _put(words, FREQUENCY + _WORDS_OF_FLOAT * place, value)
        words[BEATS], words[BEATS + 1] = divmod(int(at_s) % 2**32, 2**16)
        for number, genset in enumerate(self.microgrid.gensets):
            _put_generator(words, generator_base(number), genset)
        for number, (charge, kw) in enumerate(zip(self.microgrid.rest_soc, self.microgrid.rest_kw, strict=True)):
            _put(words, storage_base(number) + CHARGE, 100 * float(charge))
            _put(words, storage_base(number) + STORAGE_POWER, float(kw))
        return words

    def write(self, address: int, values: Sequence[int]) -> str:
        """A text says why it is refused. One thing at a time."""
        one = self.microgrid.controller
        settings: dict[int, Callable[[int], str]] = {MODE: one.set_mode, SHED: one.set_shed}
        if len(values) == 1 and address in settings:
            return settings[address](values[0])
        if len(values) == _WORDS_OF_FLOAT and address in self._set_point:
            return one.order(self._set_point[address], unpack(">f", pack(">HH", *values))[0])
        return f"registers {address} to {address + len(values) - 1} cannot be set together, or not at all"


def _put(words: list[int], address: int, value: float) -> None:
    words[address : address + _WORDS_OF_FLOAT] = unpack(">HH", pack(">f", value))


def _put_generator(words: list[int], base: int, genset: Genset) -> None:
    words[base + RUNS], words[base + RUNS + 1] = int(genset.is_running), int(genset.state)
    for offset, value in ((SET_POINT, genset.wanted_kw), (POWER, genset.p_kw), (FUEL, genset.fuel_kwh)):
        _put(words, base + offset, value)
