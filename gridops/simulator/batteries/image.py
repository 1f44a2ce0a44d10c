"""The registers of one plant: SunSpec models of inverter, storage and racks, and a block of its maker's own.

Every point is refreshed from the plant when it has moved; what is written is held against what the plant can do.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from gridops.engine.storage.safety.limits import Level
from gridops.protocols.sunspec import Block, value_of
from gridops.protocols.sunspec.models import MARK
from gridops.simulator.batteries.answers import CURVE_PU, DROOP_OFF, LEAST_DROOP
from gridops.simulator.batteries.blocks import models_of
from gridops.simulator.batteries.events import events_of
from gridops.simulator.batteries.plant import LAPSE_S, BatteryPlant, Wanted

BASE = 40_000
VENDOR_MODEL, VENDOR_REGISTERS = 64_901, 6  # registers a rack
_END = (0xFFFF, 0)
WATTS, VARS = 1, 4  # modes of set-points
_REMOTE, _LOCAL = 0, 1
_RUNNING, _THROTTLED, _FAULT, _STANDBY = 3, 4, 6, 7
_OFF, _EMPTY, _DISCHARGING, _CHARGING, _FULL, _HOLDING = 1, 2, 3, 4, 5, 6
_CONNECTED, _BANK_FAULT = 3, 99
_OK, _WARNING, _ERROR = 0, 1, 2
_IDLE_SHARE = 0.01
_SETTINGS = {
    704: ("WSetEna", "WSetMod", "WSet", "VarSetEna", "VarSetMod", "VarSetPri", "VarSet"),
    705: tuple(f"Crv[1].Pt[{number}].{name}" for number in range(1, 5) for name in ("V", "Var")),
    711: ("Ctl[1].KOf", "Ctl[1].KUf"),
    715: ("ControllerHb",),
    802: ("CtrlHb",),
}


class RegisterImage:
    def __init__(self, plant: BatteryPlant) -> None:
        self.plant = plant
        self._blocks = {made.number: made for made in models_of(plant)}
        self._seen = -1
        self.address: dict[int, int] = {}
        at = BASE + len(MARK)
        for number, one in self._blocks.items():
            self.address[number] = at
            at += len(one.words)
        self.address[VENDOR_MODEL] = at

    @cached_property
    def writable(self) -> dict[int, tuple[int, str]]:
        """Model and point by the first register of each that can be set."""
        found = {}
        for number, paths in _SETTINGS.items():
            for path in paths:
                found[self.address[number] + self._blocks[number].fields[path].offset] = (number, path)
        return found

    def block(self, number: int) -> Block:
        """A model as it stands; its first register is `address[number]`."""
        return self._blocks[number]

    def vendor_address(self, rack: int, place: int) -> int:
        """Register of the maker's own block; racks from 0."""
        return self.address[VENDOR_MODEL] + 2 + VENDOR_REGISTERS * rack + place

    def words(self, at_us: int) -> list[int]:
        """All registers from BASE on."""
        if self._seen != self.plant.moves:
            self._seen = self.plant.moves
            self._refresh(at_us)
        models = [word for one in self._blocks.values() for word in one.words]
        return [*MARK, *models, *self._vendor(), *_END]

    def write(self, address: int, values: Sequence[int], at_us: int) -> str:
        """What the room sets; a text says why it is refused. Whole points only, all of one request or none."""
        wanted: dict[tuple[int, str], float | None] = {}
        at, end = address, address + len(values)
        while at < end:
            number, path = self.writable.get(at, (0, ""))
            if not path:
                return f"register {at} cannot be set"
            field = self._blocks[number].fields[path]
            words = list(self._blocks[number].words)
            words[field.offset : field.offset + field.words] = values[at - address : at - address + field.words]
            wanted[number, path] = value_of(field, words)
            at += field.words
        if at > end or None in wanted.values():
            return "half a value, or none"
        return self._set({path: value for (_, path), value in wanted.items() if value is not None}, at_us)

    def _set(self, wanted: Mapping[str, float], at_us: int) -> str:
        plant = self.plant
        ways = ((plant.active, "WSet", WATTS), (plant.reactive, "VarSet", VARS))
        said = (_refusal(plant, setting, name, mode, wanted) for setting, name, mode in ways)
        if refusal := next(filter(None, (*said, _answer_refusal(wanted))), ""):
            return refusal
        for setting, name, _ in ways:
            setting.value = wanted.get(name, 1000.0 * setting.value) / 1000.0
            setting.is_on = bool(wanted.get(f"{name}Ena", setting.is_on))
        plant.answers.droop = wanted.get("Ctl[1].KUf", plant.answers.droop)
        plant.answers.volt_var = wanted.get("Crv[1].Pt[1].Var", 100 * plant.answers.volt_var) / 100
        plant.heard(at_us)
        for number, path in ((715, "ControllerHb"), (802, "CtrlHb")):
            if path in wanted:
                self._blocks[number].put(path, wanted[path])
        self._seen = -1
        return ""

    def _refresh(self, at_us: int) -> None:
        for number, told in (
            (701, self._inverter(at_us)),
            (704, self._set_points(at_us)),
            (705, self._volt_var()),
            (711, {"Ctl[1].KOf": self.plant.answers.droop, "Ctl[1].KUf": self.plant.answers.droop}),
            (713, self._storage()),
            (715, self._control(at_us)),
            (802, self._bank(at_us)),
            (803, self._racks()),
        ):
            for path, value in told.items():
                self._blocks[number].put(path, value)

    def _inverter(self, at_us: int) -> dict[str, float]:
        plant, state = self.plant, _RUNNING
        if not plant.is_connected:
            state = _FAULT
        elif plant.is_limited:
            state = _THROTTLED
        elif abs(plant.p_kw) < _IDLE_SHARE * plant.design.rated_kw:
            state = _STANDBY
        return {
            "St": float(plant.has_supply),
            "InvSt": state,
            "ConnSt": float(plant.has_supply),
            "Alrm": 0,
            "W": 1000 * plant.p_kw,
            "VA": 1000 * float(np.hypot(plant.p_kw, plant.q_kvar)),
            "Var": 1000 * plant.q_kvar,
            "Hz": plant.answers.hz,
            "TotWhInj": 1000 * plant.injected_kwh,
            "TotWhAbs": 1000 * plant.absorbed_kwh,
            "TmpAmb": plant.air_c,
            "TmpCab": float(plant.cells.container_c.max()),
        }

    def _set_points(self, at_us: int) -> dict[str, float]:
        plant = self.plant
        told: dict[str, float] = {}
        for name, setting, mode in (("WSet", plant.active, WATTS), ("VarSet", plant.reactive, VARS)):
            told |= {
                f"{name}Ena": float(setting.is_on),
                f"{name}Mod": mode,
                name: 1000 * setting.value,
                f"{name}RvrtTms": LAPSE_S,
                f"{name}RvrtRem": plant.remaining_s(at_us) if setting.is_on else 0.0,
            }
        return told | {"VarSetPri": 0}

    def _volt_var(self) -> dict[str, float]:
        full = 100 * self.plant.answers.volt_var
        return {"Crv[1].Pt[1].Var": full, "Crv[1].Pt[4].Var": -full}

    def _storage(self) -> dict[str, float]:
        one = self.plant.management
        soc, health = float(one.soc.mean()), float(one.health.mean())
        worst = int(one.levels.max())
        status = _ERROR if worst >= Level.TRIP else _WARNING if worst >= Level.WARN else _OK
        capacity = 1000 * self.plant.design.capacity_kwh
        return {"WHAvail": capacity * soc * health, "SoC": 100 * soc, "SoH": 100 * health, "Sta": status}

    def _control(self, at_us: int) -> dict[str, float]:
        mode = _REMOTE if self.plant.obeys(at_us) else _LOCAL
        return {"LocRemCtl": mode, "DERHb": self.plant.beats % 2**32, "OpCtl": 1}

    def _bank(self, at_us: int) -> dict[str, float]:
        plant, one = self.plant, self.plant.management
        connected = plant.is_connected
        return {
            "SoC": 100 * float(one.soc.mean()),
            "SoH": 100 * float(one.health.mean()),
            "ChaSt": _charge_state(plant),
            "LocRemCtl": _REMOTE if plant.obeys(at_us) else _LOCAL,
            "Hb": plant.beats % 2**16 - (plant.beats % 2**16 == 2**16 - 1),
            "AlmRst": 0,
            "State": _CONNECTED if connected else _BANK_FAULT,
            "Evt1": int(np.bitwise_or.reduce(events_of(one))),
            "Evt2": 0,
            "V": float(one.readings["dc_voltage_v"].mean()),
            "CellVMax": float(one.cell_v.max()),
            "CellVMin": float(one.cell_v.min()),
            "CellVAvg": float(one.cell_v.mean()),
            "A": float(one.current_a.sum()),
            "W": float((one.current_a * one.readings["dc_voltage_v"]).sum()),
        }

    def _racks(self) -> dict[str, float]:
        one = self.plant.management
        events, closed = events_of(one), ~one.is_tripped
        columns: dict[str, Sequence[float]] = {
            "StrSt": (1 + 2 * closed).tolist(),
            "StrConFail": (8 * one.is_tripped).tolist(),
            "StrSoC": (100 * one.soc).tolist(),
            "StrSoH": (100 * one.health).tolist(),
            "StrA": one.current_a.tolist(),
            "StrCellVMax": one.cell_v.max(axis=1).tolist(),
            "StrCellVMin": one.cell_v.min(axis=1).tolist(),
            "StrCellVAvg": one.cell_v.mean(axis=1).tolist(),
            "StrModTmpMax": one.warmth_c.max(axis=1).tolist(),
            "StrModTmpMin": one.warmth_c.min(axis=1).tolist(),
            "StrModTmpAvg": one.warmth_c.mean(axis=1).tolist(),
            "StrDisRsn": one.is_tripped.astype(int).tolist(),
            "StrConSt": closed.astype(int).tolist(),
            "StrEvt1": events.tolist(),
        }
        found = {f"string[{n}].{name}": value for name, row in columns.items() for n, value in enumerate(row, start=1)}
        warmest, coldest = one.warmth_c.max(), one.warmth_c.min()
        bank = {"NStrCon": int(closed.sum()), "ModTmpMax": float(warmest), "ModTmpMin": float(coldest)}
        return bank | {"ModTmpAvg": float(one.warmth_c.mean())} | found

    def _vendor(self) -> list[int]:
        """Six registers a rack: direct voltage (V/10), insulation (ohm/V), hydrogen, smoke, cooling, contactor."""
        one = self.plant.management
        rows = np.column_stack(
            [
                10 * one.readings["dc_voltage_v"],
                one.readings["insulation_ohm_per_v"],
                one.readings["hydrogen_ppm"],
                one.readings["smoke"],
                self.plant.cells.is_cooled,
                ~one.is_tripped,
            ]
        )
        flat = np.clip(np.round(rows), 0, 2**16 - 2).astype(int).ravel().tolist()
        return [VENDOR_MODEL, len(flat), *flat]


def _refusal(plant: BatteryPlant, setting: Wanted, name: str, mode: int, wanted: Mapping[str, float]) -> str:
    if wanted.get(f"{name}Mod", mode) != mode:
        return f"{name}Mod {wanted[f'{name}Mod']:g} is not offered; give {mode}"
    if wanted.get(f"{name}Ena", 0) not in (0, 1):
        return f"{name}Ena is 0 or 1"
    is_set = name in wanted or wanted.get(f"{name}Ena") == 1
    return plant.refusal(wanted.get(name, 1000 * setting.value) / 1000) if is_set else ""


def _answer_refusal(wanted: Mapping[str, float]) -> str:
    """The curve's voltages stay; both directions of the droop are one."""
    for number, part in enumerate(CURVE_PU, start=1):
        if abs(wanted.get(f"Crv[1].Pt[{number}].V", 100 * part) - 100 * part) > 0.01:
            return "the voltages of the volt-var curve are fixed"
    full = wanted.get("Crv[1].Pt[1].Var", 0.0)
    if not 0 <= full <= 100 or wanted.get("Crv[1].Pt[4].Var", -full) != -full:
        return "the volt-var curve gives 0 to 100 % at its ends, the same on both sides"
    droop = wanted.get("Ctl[1].KUf", DROOP_OFF)
    if not LEAST_DROOP <= droop <= DROOP_OFF or wanted.get("Ctl[1].KOf", droop) != droop:
        return f"the droop goes from {LEAST_DROOP:g} to {DROOP_OFF:g}, the same both ways"
    return ""


def _charge_state(plant: BatteryPlant) -> int:
    one, idle = plant.management, _IDLE_SHARE * plant.design.rated_kw
    if not plant.is_connected:
        return _OFF
    if abs(plant.p_kw) > idle:
        return _DISCHARGING if plant.p_kw > 0 else _CHARGING
    if bool(one.is_full.all()):
        return _FULL
    return _EMPTY if float(one.may_discharge_kw.sum()) < idle else _HOLDING
