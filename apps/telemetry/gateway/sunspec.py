"""The SunSpec points of one unit: models found once a connection, their registers read each round."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from apps.telemetry.adapters import Quality
from apps.telemetry.gateway.driver import Values
from apps.telemetry.gateway.memory import LastValues, now_us
from apps.telemetry.rules.modbus import SunSpecAddress
from gridops.protocols.modbus import Refused
from gridops.protocols.sunspec import Field, FoundModel, NoSunSpec, UnknownModel, definition, layout, value_of, walk
from gridops.protocols.sunspec.models import Reader, content
from gridops.protocols.sunspec.values import is_number

Refuse = Callable[[str, int], None]
Points = dict[int, SunSpecAddress]  # by slot
NOT_THERE = int(Quality.INVALID | Quality.BAD_REFERENCE)
NOT_IMPLEMENTED = int(Quality.INVALID | Quality.FAILURE)


class SunSpecUnit:
    def __init__(self, points: Mapping[int, SunSpecAddress], settings: Mapping[str, Any]) -> None:
        self._points = dict(points)
        self._bases = [int(base) for base in settings["sunspec_bases"]]
        self._longest = settings["longest"]
        self._models: dict[FoundModel, dict[int, Field]] | None = None

    def forget(self) -> None:
        self._models = None

    async def read(self, reader: Reader, refuse: Refuse, last: LastValues) -> Values:
        """Raises what `reader` raises, but for refusals."""
        told = _Told(last)
        try:
            if self._models is None:
                self._models = await self._find(reader, refuse, told)
            for model, fields in self._models.items():
                await self._one(reader, model, fields, told)
        except (Refused, NoSunSpec) as error:
            self._models = None
            refuse(str(error), len(self._points))
            told.all_bad(self._points, NOT_THERE)
        return told.values()

    async def _find(self, reader: Reader, refuse: Refuse, told: "_Told") -> dict[FoundModel, dict[int, Field]]:
        chain = await walk(reader, bases=self._bases, refused=Refused)
        by_key = {(model.number, model.instance): model for model in chain}
        found: dict[FoundModel, dict[int, Field]] = {}
        for key in sorted({(one.model, one.instance) for one in self._points.values()}):
            wanted = {slot: one for slot, one in self._points.items() if (one.model, one.instance) == key}
            if (model := by_key.get(key)) is None:
                refuse(f"no SunSpec model {key[0]}" + (f", number {key[1]}" if key[1] > 1 else ""), len(wanted))
                told.all_bad(wanted, NOT_THERE)
                continue
            found[model] = await self._fields(reader, model, wanted, refuse, told)
        return found

    async def _fields(
        self, reader: Reader, model: FoundModel, wanted: Points, refuse: Refuse, told: "_Told"
    ) -> dict[int, Field]:
        try:
            known = layout(definition(model.number), await content(reader, model, longest=self._longest))
        except UnknownModel as error:
            refuse(str(error), len(wanted))
            told.all_bad(wanted, NOT_THERE)
            return {}
        fields = {slot: known[one.path] for slot, one in wanted.items() if is_number(known.get(one.path))}
        for slot in wanted.keys() - fields.keys():
            refuse(f"SunSpec model {model.number} has no number {wanted[slot].path}", 1)
            told.all_bad([slot], NOT_THERE)
        return fields

    async def _one(self, reader: Reader, model: FoundModel, fields: dict[int, Field], told: "_Told") -> None:
        if not fields:
            return
        words = await content(reader, model, longest=self._longest)
        if tuple(words[:2]) != (model.number, model.length):
            raise NoSunSpec(f"model {model.number} has moved; the models are looked for again")
        for slot, field in fields.items():
            told.value(slot, value_of(field, words))


class _Told:
    def __init__(self, last: LastValues) -> None:
        self._last = last
        self._rows: dict[int, tuple[float, int]] = {}

    def value(self, slot: int, value: float | None) -> None:
        self._rows[slot] = (float(self._last.value(slot)), NOT_IMPLEMENTED) if value is None else (value, 0)

    def all_bad(self, slots: Any, quality: int) -> None:
        for slot in slots:
            self._rows[slot] = (float(self._last.value(slot)), quality)

    def values(self) -> Values:
        rows = list(self._rows.values())
        value = np.array([value for value, _ in rows], np.float64)
        return Values.of(list(self._rows), value, quality=[quality for _, quality in rows], at_us=now_us())
