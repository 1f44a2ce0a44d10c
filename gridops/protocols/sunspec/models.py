"""The chain of models in the registers of a device: 'SunS', then number, length and content of each, then an end."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

MARK = (0x5375, 0x6E53)  # SunS
_END = 0xFFFF
_MOST_MODELS = 256
MOST_REGISTERS = 125

# Address and count to words. Whatever it raises passes through, but for those that `walk` is told of.
Reader = Callable[[int, int], Awaitable[Sequence[int]]]


class NoSunSpec(Exception):
    """The device has no chain of models where one was looked for."""


@dataclass(frozen=True, slots=True)
class FoundModel:
    """`address` is that of the register with its number; `length` counts the registers after number and length."""

    number: int
    instance: int  # from 1, among those of its number
    address: int
    length: int

    @property
    def registers(self) -> int:
        return self.length + 2


async def walk(read: Reader, *, bases: Sequence[int], refused: type[Exception]) -> list[FoundModel]:
    """Raises NoSunSpec. An answer of kind `refused` at one base means: look at the next."""
    for base in bases:
        try:
            if tuple(await read(base, 2)) != MARK:
                continue
        except refused:
            continue
        return await _chain(read, base + 2)
    raise NoSunSpec(f"no SunSpec mark at registers {', '.join(map(str, bases))}")


async def _chain(read: Reader, address: int) -> list[FoundModel]:
    found: list[FoundModel] = []
    while len(found) < _MOST_MODELS and address + 2 <= 65_536:
        number, length = await read(address, 2)
        if number == _END:
            return found
        if number == 0 or address + 2 + length > 65_536:
            raise NoSunSpec(f"the chain of models breaks at register {address}")
        instance = 1 + sum(one.number == number for one in found)
        found.append(FoundModel(number, instance, address, length))
        address += 2 + length
    raise NoSunSpec("the chain of models has no end")


async def content(read: Reader, model: FoundModel, *, longest: int = MOST_REGISTERS) -> list[int]:
    """All registers of a model, its number and length first."""
    words: list[int] = []
    while len(words) < model.registers:
        words += await read(model.address + len(words), min(longest, model.registers - len(words)))
    return words
