"""Skill and bands watched by kind of series; an alarm stands while the evidence does."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Sum

from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.forecasts.adapters.evidence import LATELY, stands_against
from apps.forecasts.choices import Issuer, Quantity, Subject
from apps.forecasts.models import Score

LOOKED_BACK = timedelta(days=120)
_BAND = 0.8
Days = dict[date, dict[str, Any]]  # of every day, the sums by issuer


@dataclass
class Kind:
    """By day, oldest first: of how many steps how many lay inside; last week's loss, and the sum of both losses."""

    subject: str
    quantity: str
    inside: list[tuple[float, float]] = field(default_factory=list)
    losses: list[tuple[float, float]] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{Subject(self.subject).label}: {Quantity(self.quantity).label.lower()}"

    @property
    def source(self) -> str:
        return f"forecast/{self.subject}/{self.quantity}"


def watch(*, as_of: datetime) -> int:
    """Returns how many kinds have an alarm now."""
    facts: list[alarms.AlarmFact] = []
    ends: list[alarms.AlarmEnd] = []
    for kind in kinds(until=as_of.date()):
        for condition, stands, told in _suspicions(kind):
            if stands:
                facts.append(_fact(kind, condition, told, as_of))
            elif stands is False:
                ends.append(alarms.AlarmEnd(kind.source, condition, as_of))
    alarms.raise_alarms(facts=facts)
    alarms.end_alarms(ends=ends)
    return len({fact.source for fact in facts})


def kinds(*, until: date) -> list[Kind]:
    rows = Score.objects.filter(day__gte=until - LOOKED_BACK, day__lt=until, series__is_active=True)
    of_day = rows.filter(issuer__in=(Issuer.MODEL, Issuer.LAST_WEEK)).values(
        "series__subject", "series__quantity", "day", "issuer"
    )
    sums = of_day.annotate(
        of=Sum("steps"),
        inside=Sum("inside_80"),
        pinball=Sum(F("pinball_kw") * F("steps")),
        error=Sum(F("mae_kw") * F("steps")),
    )
    found: dict[tuple[str, str], Days] = defaultdict(lambda: defaultdict(dict))
    for row in sums.order_by("day"):
        found[row["series__subject"], row["series__quantity"]][row["day"]][row["issuer"]] = row
    return [_kind(key, days) for key, days in found.items()]


def _kind(key: tuple[str, str], days: Days) -> Kind:
    kind = Kind(*key)
    for issuers in days.values():
        own, week = issuers.get(Issuer.MODEL), issuers.get(Issuer.LAST_WEEK)
        if own is None or not own["of"]:
            continue
        kind.inside.append((own["inside"] or 0, own["of"]))
        if week is not None and week["of"]:
            mine, theirs = (own["pinball"] or 0.0) / own["of"], week["error"] / week["of"] / 2
            kind.losses.append((theirs, mine + theirs))
    return kind


def _suspicions(kind: Kind) -> Iterator[tuple[Condition, bool | None, str]]:
    """A single line's pinball is half its error."""
    lately = kind.inside[-LATELY:]
    share = sum(inside for inside, _ in lately) / max(sum(of for _, of in lately), 1)
    word = "narrow" if share < _BAND else "wide"
    told = f"{kind.name}: the 80 % bands are too {word}, lately {share:.0%} of the values lay inside"
    yield Condition.FORECAST_UNCALIBRATED, stands_against(kind.inside, band=_BAND), told
    told = f"{kind.name}: forecasts are no better than repeating last week"
    yield Condition.FORECAST_DRIFT, stands_against(kind.losses, band=None), told


def _fact(kind: Kind, condition: Condition, told: str, at: datetime) -> alarms.AlarmFact:
    return alarms.AlarmFact(
        source=kind.source,
        condition=condition,
        priority=Priority.LOW,
        equipment_name=kind.name,
        message=told,
        at=at,
    )
