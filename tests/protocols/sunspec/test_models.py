"""Against the Alliance's own library, which lays out and scales the same models."""

from collections.abc import Awaitable, Callable, Sequence

import pytest
from sunspec2.device import Model

from gridops.protocols.sunspec import NoSunSpec, UnknownModel, definition, layout, value_of, walk
from tests.outside.modbus.device import in_words, inverter

NUMBERS = [1, 101, 102, 103, 111, 112, 113, 201, 202, 203, 204, 701, 702, 703, 704, 713, 714, 802]


class Gone(Exception):
    pass


def device(words: Sequence[int], base: int) -> Callable[[int, int], Awaitable[Sequence[int]]]:
    async def read(address: int, count: int) -> Sequence[int]:
        if address < base or address + count > base + len(words):
            raise Gone
        return words[address - base : address - base + count]

    return read


@pytest.mark.parametrize("number", NUMBERS)
def test_points_lie_where_the_alliance_lays_them(number: int) -> None:
    model = Model(number, data={"ID": number, "NPrt": 1, "Prt": [{}]} if number == 714 else None)
    words = in_words(model.get_mb())
    ours = {path: (field.offset, field.words) for path, field in layout(definition(number), words).items()}
    theirs = {name: (point.offset, point.len) for name, point in model.points.items()}
    assert {path: ours[path] for path in theirs} == theirs


def test_what_a_device_does_not_have_is_no_value() -> None:
    words = in_words(Model(103).get_mb())
    fields = layout(definition(103), words)
    assert [value_of(fields[path], words) for path in ("W", "A", "Hz", "WH", "St", "Evt1")] == [None] * 6


def test_a_value_without_its_scale_factor_is_none() -> None:
    model = Model(103)
    model.W.value = 5
    words = in_words(model.get_mb())
    assert value_of(layout(definition(103), words)["W"], words) is None


@pytest.mark.parametrize("base", [40_000, 0, 50_000])
async def test_the_chain_is_found_at_every_base(base: int) -> None:
    found = await walk(device(inverter(), base), bases=(40_000, 0, 50_000), refused=Gone)
    assert [(model.number, model.instance) for model in found] == [(1, 1), (103, 1), (714, 1)]
    assert found[0].address == base + 2


async def test_a_device_without_the_mark_is_none() -> None:
    with pytest.raises(NoSunSpec, match="no SunSpec mark"):
        await walk(device([0] * 10, 0), bases=(0, 40_000), refused=Gone)


async def test_a_chain_that_breaks_is_told() -> None:
    with pytest.raises(NoSunSpec, match="breaks at register 2"):
        await walk(device([0x5375, 0x6E53, 0, 0], 0), bases=(0,), refused=Gone)


def test_a_count_that_lies_does_not_leave_the_model() -> None:
    model = Model(714, data={"ID": 714, "NPrt": 2, "Prt": [{}, {}]})
    words = in_words(model.get_mb())
    words[layout(definition(714), words)["NPrt"].offset] = 60_000
    assert max(field.offset + field.words for field in layout(definition(714), words).values()) <= len(words)


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(UnknownModel, match="64999"):
        definition(64_999)
