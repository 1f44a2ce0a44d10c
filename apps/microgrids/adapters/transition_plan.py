"""From how a microgrid stands to what a transition aims at, and to what the sequence sees.

A load that is cut or without voltage reads nothing: it counts with its rating.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.microgrids.choices.microgrid import LoadPriority, MemberKind
from apps.microgrids.models import IslandingSettings, Microgrid, MicrogridMember
from apps.microgrids.rules.situation import MemberNow, Situation
from gridops.engine.microgrids.shedding import Generator, IslandSupply, Shedding, Wanted, choose_shedding
from gridops.engine.microgrids.stages import Aim, View
from gridops.engine.microgrids.windows import EnterService, sync_window

USABLE_FROM, ONE_WAY = 0.1, 0.95  # state of charge that stays in, and what of the rest arrives
BALANCED_SHARE, LEAST_BALANCED_KW = 0.05, 5.0  # of the forming device's rating


def generators_of(microgrid: Microgrid) -> list[MicrogridMember]:
    """In the order in which commands number them."""
    return list(microgrid.members.filter(kind=MemberKind.GENERATOR).order_by("fuel_cost_eur_per_kwh", "element_mrid"))


def view_of(situation: Situation, microgrid: Microgrid, generators: Sequence[MicrogridMember]) -> View:
    now = {one.element_mrid: one for one in situation.members}
    battery = now.get(microgrid.forming_mrid)
    machines = [now.get(one.element_mrid) for one in generators]
    return View(
        coupling_closed=situation.coupling_closed,
        mode=None if situation.mode is None else int(situation.mode),
        frequency_hz=situation.frequency_hz.value,
        voltage_pu=situation.voltage_pu.value,
        grid_voltage_pu=situation.grid_voltage_pu.value,
        grid_frequency_hz=situation.grid_frequency_hz.value,
        slip_hz=situation.slip_hz.value,
        voltage_difference_pu=situation.voltage_difference_pu.value,
        angle_deg=situation.angle_deg.value,
        exchange_kw=situation.exchange_kw.value,
        battery_kw=battery.p_kw.value if battery else None,
        generator_kw=tuple(one.p_kw.value if one else None for one in machines),
        generator_running=tuple(one.running if one else None for one in machines),
        shed_group=situation.shed_group,
    )


def shedding_of(
    situation: Situation, microgrid: Microgrid, generators: Sequence[MicrogridMember], limits: IslandingSettings
) -> Shedding:
    now = {one.element_mrid: one for one in situation.members}
    battery = now.get(microgrid.forming_mrid)
    is_dead = (situation.voltage_pu.value or 0.0) < 0.1
    supply = IslandSupply(
        battery_kw=battery.rated_kw if battery else 0.0,
        battery_kwh=_usable_kwh(battery),
        generators=[_generator(one, now.get(one.element_mrid)) for one in generators],
        renewable_kw=0.0 if is_dead else sum(one.p_kw.value or 0.0 for one in situation.of(MemberKind.RENEWABLE)),
        battery_droop=limits.forming_droop,
        generator_droop=limits.generator_droop,
    )
    loads = [_load_kw(situation, priority, is_dead=is_dead) for priority in LoadPriority]
    return choose_shedding(supply, loads, Wanted(limits.hours_wanted, limits.island_low_hz, limits.island_high_hz))


def _usable_kwh(battery: MemberNow | None) -> float:
    if battery is None or battery.soc.value is None:
        return 0.0  # what is not known is not counted on
    return max(battery.soc.value - USABLE_FROM, 0.0) * (battery.capacity_kwh or 0.0) * ONE_WAY


def _generator(member: MicrogridMember, now: MemberNow | None) -> Generator:
    told = now.fuel_kwh.value if now else None
    return Generator(member.rated_kw, member.least_kw, member.fuel_kwh if told is None else told)


def _load_kw(situation: Situation, priority: LoadPriority, *, is_dead: bool) -> float:
    loads = [one for one in situation.of(MemberKind.LOAD) if one.priority == priority]
    return sum(one.rated_kw if is_dead or one.is_cut or one.p_kw.value is None else -one.p_kw.value for one in loads)


def plan_document(
    shedding: Shedding, microgrid: Microgrid, situation: Situation, limits: IslandingSettings
) -> dict[str, Any]:
    """What is kept with the transition; `aim_of` reads it."""
    forming = next((one for one in situation.members if one.element_mrid == microgrid.forming_mrid), None)
    rated = [one.rated_kw for one in situation.members if one.kind in (MemberKind.STORAGE, MemberKind.GENERATOR)]
    forming_kw = forming.rated_kw if forming else 0.0
    chosen = shedding.chosen
    return {
        "battery_kw": forming_kw,
        "generator_kw": list(chosen.generator_kw),
        "shed_group": chosen.group,
        "rated_kva": sum(rated),
        "balanced_kw": max(BALANCED_SHARE * forming_kw, LEAST_BALANCED_KW),
        "enter": {
            "low_pu": limits.enter_low_pu,
            "high_pu": limits.enter_high_pu,
            "low_hz": limits.enter_low_hz,
            "high_hz": limits.enter_high_hz,
            "delay_s": limits.enter_delay_s,
        },
        "island_low_hz": limits.island_low_hz,
        "island_high_hz": limits.island_high_hz,
        "served_kw": chosen.served_kw,
        "frequency_hz": round(chosen.frequency_hz, 3),
        "hours": None if chosen.hours == float("inf") else round(chosen.hours, 2),
        "carries": chosen.carries,
        "words": shedding.reason,
    }


def aim_of(plan: Mapping[str, Any]) -> Aim:
    return Aim(
        battery_low_kw=-float(plan["battery_kw"]),
        battery_high_kw=float(plan["battery_kw"]),
        generator_kw=tuple(float(kw) for kw in plan["generator_kw"]),
        shed_group=int(plan["shed_group"]),
        enter=EnterService(**plan["enter"]),
        window=sync_window(float(plan["rated_kva"])),
        island_low_hz=float(plan["island_low_hz"]),
        island_high_hz=float(plan["island_high_hz"]),
        balanced_kw=float(plan["balanced_kw"]),
    )
