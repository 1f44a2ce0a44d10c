"""Members of a part as the network has them: a start that people correct."""

from dataclasses import dataclass
from uuid import UUID

from apps.assets.adapters import CONSUMER, AssembledNetwork
from apps.assets.choices import GeneratorKind, SwitchKind
from apps.assets.models import BatteryUnit, EnergyConsumer, GeneratingUnit, Switch
from apps.microgrids.adapters.parts import Part, batteries_of, part_behind
from apps.microgrids.choices.microgrid import MemberKind
from apps.microgrids.models import MicrogridMember
from gridops.cases.microgrids import FEWEST_LOADS, GENERATOR_NAME, LEAST_SHARE, tank_kwh
from gridops.cases.priorities import load_priorities

BACKUP = GENERATOR_NAME.format("")
# Assumptions where nobody has said: a diesel set of some hundred kW at middling load.
START_COST_EUR, FUEL_EUR_PER_KWH, CO2_KG_PER_KWH = 5.0, 0.42, 0.72
PARTS_BY = frozenset({SwitchKind.BREAKER, SwitchKind.RECLOSER})


@dataclass(frozen=True, slots=True)
class Found:
    """A part of the network that has what a microgrid needs."""

    name: str
    switch_mrid: UUID
    forming_mrid: UUID


def proposed_members(network: AssembledNetwork, part: Part) -> list[MicrogridMember]:
    mrids = [network.injections.mrid[n] for n in part.injections]
    consumers = list(EnergyConsumer.objects.filter(model_id=network.model_id, mrid__in=mrids).order_by("index"))
    priority = load_priorities({str(one.mrid): abs(one.p_kw) for one in consumers})
    units = GeneratingUnit.objects.filter(model_id=network.model_id, mrid__in=mrids).order_by("index")
    batteries = BatteryUnit.objects.filter(model_id=network.model_id, mrid__in=mrids, capacity_kwh__gt=0)
    return [
        *(_load(one, priority[str(one.mrid)]) for one in consumers),
        *(_unit(one) for one in units),
        *(_storage(one) for one in batteries.order_by("index")),
    ]


def forming_of(network: AssembledNetwork, part: Part) -> UUID | None:
    """The battery of the most energy, as the network has it."""
    mrids = [network.injections.mrid[n] for n in batteries_of(network, part)]
    rows = BatteryUnit.objects.filter(model_id=network.model_id, mrid__in=mrids, capacity_kwh__gt=0)
    found = rows.order_by("-capacity_kwh", "mrid").first()
    return found.mrid if found else None


def parts_with_backup(network: AssembledNetwork) -> list[Found]:
    """Where a breaker parts a battery with a backup generator at its node from the grid: one a generator. Of several
    breakers on the way the nearest that leaves loads enough inside, as the field has it."""
    units = GeneratingUnit.objects.filter(
        model_id=network.model_id, kind=GeneratorKind.THERMAL, name__endswith=BACKUP
    ).order_by("name")
    if not units:
        return []
    breakers = Switch.objects.filter(model_id=network.model_id, kind__in=PARTS_BY, normal_closed=True).order_by("index")
    parts = [(one, part) for one in breakers if isinstance(part := part_behind(network, str(one.mrid)), Part)]
    found = [_found(network, one, parts) for one in units]
    return [one for one in found if one is not None]


def _found(network: AssembledNetwork, unit: GeneratingUnit, parts: list[tuple[Switch, Part]]) -> Found | None:
    at = network.injections.position[str(unit.mrid)]
    fit = [(switch, part) for switch, part in parts if at in part.injections and not part.reason]
    loads = [int((network.injection.kind[part.injections] == CONSUMER).sum()) for _, part in fit]
    fit = [one for one, count in zip(fit, loads, strict=True) if count >= FEWEST_LOADS]
    if not fit:
        return None
    switch, part = min(fit, key=lambda one: len(one[1].nodes))
    node = network.network.injection_node[at]
    beside = [n for n in batteries_of(network, part) if network.network.injection_node[n] == node]
    if not beside:
        return None
    forming = max(beside, key=lambda n: network.injection.rated_s_kva[n])
    return Found(unit.name.removesuffix(BACKUP), switch.mrid, UUID(network.injections.mrid[forming]))


def _load(one: EnergyConsumer, priority: int) -> MicrogridMember:
    return MicrogridMember(
        element_mrid=one.mrid,
        name=one.name,
        kind=MemberKind.LOAD,
        priority=priority,
        customers=one.customers,
        rated_kw=abs(one.p_kw),
    )


def _unit(one: GeneratingUnit) -> MicrogridMember:
    rated_kw = max(one.rated_s_kva, abs(one.p_kw))
    if one.kind != GeneratorKind.THERMAL:
        return MicrogridMember(element_mrid=one.mrid, name=one.name, kind=MemberKind.RENEWABLE, rated_kw=rated_kw)
    return MicrogridMember(
        element_mrid=one.mrid,
        name=one.name,
        kind=MemberKind.GENERATOR,
        rated_kw=rated_kw,
        least_kw=LEAST_SHARE * rated_kw,
        fuel_kwh=tank_kwh(rated_kw),
        start_cost_eur=START_COST_EUR,
        fuel_cost_eur_per_kwh=FUEL_EUR_PER_KWH,
        emissions_kg_per_kwh=CO2_KG_PER_KWH,
    )


def _storage(one: BatteryUnit) -> MicrogridMember:
    rated_kw = max(one.rated_s_kva, abs(one.p_kw))
    return MicrogridMember(
        element_mrid=one.mrid,
        name=one.name,
        kind=MemberKind.STORAGE,
        rated_kw=rated_kw,
        capacity_kwh=one.capacity_kwh,
    )
