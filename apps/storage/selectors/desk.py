"""The fleet desk: whether the fleet is well, and its plants, the gravest first. A fixed number of queries."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils import timezone

from apps.storage.choices import SafetyLevel
from apps.storage.models import DaySoFar, Earning, StorageFleet, StoragePlant
from apps.storage.selectors.charge import PlantCharge, charges
from apps.storage.selectors.desk_rows import plan_states, row_documents
from apps.storage.selectors.documents import summary
from apps.storage.selectors.readings import meters_kw
from apps.storage.selectors.standing import begin_of_step, plans_standing

_GRAVEST_FIRST = {level: -rank for rank, level in enumerate(SafetyLevel)}
_ENERGIES = ("charged_kwh", "discharged_kwh", "planned_charged_kwh", "planned_discharged_kwh")
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Now:
    """Of plants at the present instant."""

    plants: Sequence[StoragePlant]
    charge: Mapping[int, PlantCharge]
    meter_kw: Mapping[int, float]
    planned_kw: Mapping[int, float]

    def is_available(self, plant: StoragePlant) -> bool:
        """Its charge is known, and it may charge or discharge."""
        safety = getattr(plant, "safety", None)
        may_act = safety is not None and not safety.is_tripped and (safety.charge_kw > 0 or safety.discharge_kw > 0)
        return plant.pk in self.charge and may_act


def desk_document(*, fleet: int | None, offset: int, limit: int, as_of: datetime) -> dict[str, Any]:
    now = _now(fleet, as_of)
    ordered = sorted(now.plants, key=lambda plant: (_rank(plant), plant.pk in now.charge, plant.name))
    shown = ordered[offset : offset + limit]
    rows, plans = row_documents(shown, as_of=as_of), plan_states(now.plants, as_of=as_of)
    return {
        "as_of": as_of.isoformat(),
        "fleet": fleet,
        "fleets": list(StorageFleet.objects.annotate(count=Count("plants")).values("id", "name", "purpose", "count")),
        "totals": _totals(now) | {"plans": Counter(one["state"] for one in plans.values())} | _money(now.plants, as_of),
        "plants": [_plant(plant, now) | {"plan": plans[plant.pk]} | rows[plant.pk] for plant in shown],
    }


def _now(fleet: int | None, as_of: datetime) -> Now:
    rows = StoragePlant.objects.select_related("fleet", "safety", "price_zone").order_by("name")
    plants = list(rows if fleet is None else rows.filter(fleet=fleet))
    meters = meters_kw(plants, as_of=as_of)
    standing = plans_standing(plants, starts_at=begin_of_step(as_of), steps=1, as_of=as_of)
    planned = {key: float(columns["power_kw"][0]) for key, columns in standing.items()}
    return Now(
        plants=plants,
        charge=charges(plants, as_of=as_of),
        meter_kw={plant.pk: meters[plant.mrid] for plant in plants if plant.mrid in meters},
        planned_kw={key: value for key, value in planned.items() if isfinite(value)},
    )


def _rank(plant: StoragePlant) -> int:
    """One that nobody has judged goes before those that are well."""
    safety = getattr(plant, "safety", None)
    return _GRAVEST_FIRST[SafetyLevel(safety.level)] if safety else _GRAVEST_FIRST[SafetyLevel.WARN]


def _plant(plant: StoragePlant, now: Now) -> dict[str, Any]:
    told = summary(plant, now.charge.get(plant.pk), now.meter_kw.get(plant.pk))
    return told | {"planned_kw": now.planned_kw.get(plant.pk), "is_available": now.is_available(plant)}


def _totals(now: Now) -> dict[str, Any]:
    """Charges of plants err each by itself; where none is known there is no sum."""
    known = [(plant.energy_kwh, now.charge[plant.pk]) for plant in now.plants if plant.pk in now.charge]
    both = now.meter_kw.keys() & now.planned_kw.keys()
    levels = Counter(SafetyLevel(plant.safety.level) for plant in now.plants if getattr(plant, "safety", None))
    return {
        "plants": len(now.plants),
        "available": sum(map(now.is_available, now.plants)),
        "energy_kwh": sum(plant.energy_kwh for plant in now.plants),
        "rated_kw": sum(max(plant.charge_kw, plant.discharge_kw) for plant in now.plants),
        "known": len(known),
        "known_kwh": sum(energy for energy, _ in known),
        "stored_kwh": sum(energy * charge.soc for energy, charge in known) if known else None,
        "stored_sigma_kwh": sum((energy * charge.sigma) ** 2 for energy, charge in known) ** 0.5 if known else None,
        "metered": len(now.meter_kw),
        "power_kw": sum(now.meter_kw.values()) if now.meter_kw else None,
        "compared": len(both),
        "compared_kw": sum(now.meter_kw[key] for key in both) if both else None,
        "compared_planned_kw": sum(now.planned_kw[key] for key in both) if both else None,
        "levels": {level.value: levels[level] for level in SafetyLevel},
        "not_judged": len(now.plants) - sum(levels.values()),
    }


def _money(plants: Sequence[StoragePlant], as_of: datetime) -> dict[str, Any]:
    keys = [plant.pk for plant in plants]
    day = timezone.localtime(as_of).date()
    so_far = DaySoFar.objects.filter(plant__in=keys, day=day)
    return {"today": _today(so_far), "yesterday": _settled(Earning.objects.filter(plant__in=keys, day=day - DAY))}


def _today(rows: QuerySet[DaySoFar]) -> dict[str, Any]:
    told: dict[str, Any] = rows.aggregate(
        metered=Count("pk", filter=Q(charged_kwh__isnull=False)),
        planned_count=Count("pk", filter=Q(planned_charged_kwh__isnull=False)),
        **{name: Sum(name) for name in _ENERGIES},
    )
    until = rows.order_by("until").values_list("until", flat=True).first()
    money = (
        rows.exclude(currency="")
        .values("currency")
        .annotate(sum_earned=Sum("earned"), sum_planned=Sum("planned"), of=Count("earned"))
    )
    told["money"] = [
        {"currency": one["currency"], "earned": one["sum_earned"], "planned": one["sum_planned"], "plants": one["of"]}
        for one in money.order_by("currency")
    ]
    return told | {"until": until.isoformat() if until else None}


def _settled(rows: QuerySet[Earning]) -> list[dict[str, Any]]:
    """By currency. Shares are those of the plants of which both figures are known."""
    found = rows.values("currency").annotate(
        plants=Count("realised"),
        earned=Sum("realised"),
        **_both("perfect"),
        **_both("simple_rule"),
    )
    return [_against(one) for one in found.order_by("currency")]


def _both(name: str) -> dict[str, Any]:
    known = Q(realised__isnull=False, **{f"{name}__isnull": False})
    return {f"sum_{name}": Sum(F(name), filter=known), f"realised_of_{name}": Sum("realised", filter=known)}


def _against(one: Mapping[str, Any]) -> dict[str, Any]:
    perfect, rule = one["sum_perfect"], one["sum_simple_rule"]
    share = one["realised_of_perfect"] / perfect if perfect and perfect > 0 else None
    uplift = one["realised_of_simple_rule"] - rule if rule is not None else None
    names: Iterable[str] = ("currency", "plants", "earned")
    return {**{name: one[name] for name in names}, "perfect": perfect, "simple_rule": rule} | {
        "share_of_perfect": share,
        "more_than_rule": uplift,
    }
