"""The models of a plant as its maker laid them out: counts, scales, ratings, and what never changes."""

import numpy as np

from gridops.engine.storage.safety.typical import Chemistry
from gridops.protocols.sunspec import Block, block
from gridops.simulator.batteries.answers import CURVE_PU, DEADBAND_HZ, REFERENCE_S, RESPONSE_S, VAR_RESPONSE_S
from gridops.simulator.batteries.plant import BatteryPlant

_LITHIUM = 4


def _exponent(largest: float, room: int = 30_000) -> int:
    """Of ten, so that values up to the largest fit into a register."""
    return int(max(-3, np.ceil(np.log10(max(largest, 1e-6) / room))))


def models_of(plant: BatteryPlant) -> list[Block]:
    design = plant.design
    watts, watt_hours = _exponent(1500 * design.rated_kw), _exponent(1000 * design.capacity_kwh, 60_000)
    amps = _exponent(4 * design.rack_ah * design.rated_c + 1)
    all_amps = _exponent(design.racks * (4 * design.rack_ah * design.rated_c + 1))
    rated_w, rated_wh = 1000 * design.rated_kw, 1000 * design.capacity_kwh
    rating = dict.fromkeys(("WMaxRtg", "VAMaxRtg", "VarMaxInjRtg", "VarMaxAbsRtg"), rated_w)
    rating |= dict.fromkeys(("WChaRteMaxRtg", "WDisChaRteMaxRtg", "WMax", "VAMax"), rated_w)
    cells = {"SoC_SF": -2, "SoH_SF": -2, "CellV_SF": -3}
    watt_scales = {"W_SF": watts, "VA_SF": watts, "Var_SF": watts}
    counts = {"NStr": design.racks}
    fixed: list[tuple[int, dict[str, float]]] = [
        (701, {**watt_scales, "TotWh_SF": 0, "Tmp_SF": -1, "Hz_SF": -3, "ACType": 2}),
        (702, {**watt_scales, **rating}),
        (704, {"WSet_SF": 0, "VarSet_SF": 0}),
        (705, _curve()),
        (711, {"NCtl": 1, "Db_SF": -3, "K_SF": -4, "RspTms_SF": -1, "Ena": 1, "Ctl[1].DbOf": DEADBAND_HZ,
               "Ctl[1].DbUf": DEADBAND_HZ, "Ctl[1].RspTms": RESPONSE_S, "Ctl[1].ReadOnly": 0}),
        (713, {"WH_SF": watt_hours, "Pct_SF": -2, "WHRtg": rated_wh}),
        (715, {}),
        (802, {**cells, "AHRtg_SF": _exponent(design.racks * design.rack_ah), "WHRtg_SF": watt_hours, "V_SF": -1,
               "WChaDisChaMax_SF": watts, "A_SF": all_amps, "AMax_SF": all_amps, "W_SF": watts,
               "AHRtg": design.racks * design.rack_ah, "WHRtg": rated_wh, "WChaRteMax": rated_w,
               "WDisChaRteMax": rated_w, "Typ": _LITHIUM, "EvtVnd1": 0, "EvtVnd2": 0}),
        (803, {**cells, **counts, "ModTmp_SF": -1, "A_SF": amps, "V_SF": -1}),
    ]  # fmt: skip
    return [_nameplate(plant), *(block(number, values) for number, values in fixed)]


def _curve() -> dict[str, float]:
    found: dict[str, float] = {"NPt": 4, "NCrv": 1, "V_SF": -2, "DeptRef_SF": -2, "RspTms_SF": -1, "Ena": 1}
    found |= {"Crv[1].ActPt": 4, "Crv[1].DeptRef": 1, "Crv[1].VRef": 100, "Crv[1].VRefAutoEna": 1}
    found |= {"Crv[1].VRefAutoTms": REFERENCE_S, "Crv[1].RspTms": VAR_RESPONSE_S, "Crv[1].ReadOnly": 0}
    for number, part in enumerate(CURVE_PU, start=1):
        found |= {f"Crv[1].Pt[{number}].V": 100 * part, f"Crv[1].Pt[{number}].Var": 0}
    return found


def _nameplate(plant: BatteryPlant) -> Block:
    made = block(1, {"DA": plant.design.unit})
    cells = "lithium iron phosphate" if plant.design.chemistry is Chemistry.LFP else "nickel manganese cobalt"
    for path, text in (("Mn", "Simulated field"), ("Md", cells), ("Opt", plant.design.name), ("SN", plant.design.mrid)):
        made.write(path, text)
    return made
