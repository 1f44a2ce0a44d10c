"""Figures of IEEE 1366 from records of outages, wherever they were read: rows and export give the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from gridops.engine.reliability.indices import Indices, Steps, durations_s, indices, is_momentary
from gridops.engine.reliability.major_days import FIT_YEARS, Threshold, is_major, threshold

MINUTE_S = 60.0
CEMI_FROM = 1


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step of an outage. feeder: its key, which is its mRID or, of a file that has none, its name."""

    outage: str
    feeder: str
    feeder_name: str
    cause: str
    is_planned: bool
    outage_began_at: datetime
    began_at: datetime
    restored_at: datetime | None
    customers: int
    lost_kw: float
    consumers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Served:
    """Customers by feeder key, with names; the system has its own number, for feeders may share or lack some."""

    system: int
    feeders: Mapping[str, tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open, in whole days of a zone of time for what is counted by the day."""

    begin: datetime
    end: datetime
    zone: str

    def day_of(self, at: datetime) -> date:
        return at.astimezone(ZoneInfo(self.zone)).date()


def figures(records: Sequence[StepRecord], served: Served, span: Span) -> dict[str, Any]:
    """records: also those of the five years before, on which the threshold of major days is fitted."""
    table = _Table(records, served, span)
    inside = table.inside
    return {
        "from": span.begin.isoformat(),
        "to": span.end.isoformat(),
        "zone": span.zone,
        "customers_served": served.system,
        "outages": len({one.outage for one, kept in zip(records, inside, strict=True) if kept}),
        "system": table.told(inside, served.system),
        "thresholds": [table.threshold_document(year) for year in table.years],
        "major_days": table.major_document(),
        "feeders": table.feeders(),
        "months": table.months(),
        "causes": table.causes(),
    }


class _Table:
    def __init__(self, records: Sequence[StepRecord], served: Served, span: Span) -> None:
        self.records, self.served, self.span = records, served, span
        self.steps = _steps(records)
        self.end_s = span.end.timestamp()
        # An interruption belongs to the day on which its outage began: a major day is taken out whole.
        self.days = [span.day_of(one.outage_began_at) for one in records]
        self.inside = np.array([span.begin <= one.outage_began_at < span.end for one in records], np.bool_)
        last = span.day_of(span.end - timedelta(microseconds=1))
        self.years = list(range(span.day_of(span.begin).year, last.year + 1))
        self.daily = self._daily()
        self.fitted = {year: self._threshold(year) for year in self.years}
        self.major = self._major()
        self.is_major = np.array([day in self.major for day in self.days], np.bool_)

    def told(self, rows: np.ndarray, customers: int | None) -> dict[str, Any]:
        quiet = rows & ~self.is_major
        return {
            "all": self._indices(rows, customers),
            "without_major_days": self._indices(quiet, customers),
            "outages": len({self.records[n].outage for n in np.flatnonzero(rows).tolist()}),
        }

    def feeders(self) -> list[dict[str, Any]]:
        names = {one.feeder: one.feeder_name for one in self.records if one.feeder} | {
            key: name for key, (name, _) in self.served.feeders.items()
        }
        of = np.array([one.feeder for one in self.records], dtype=object)
        told = []
        for key, name in sorted(names.items(), key=lambda one: (one[1], one[0])):
            customers = self.served.feeders.get(key, ("", 0))[1] or None
            rows = self.inside & (of == key)
            if customers or rows.any():
                told.append({"feeder": key, "name": name, "customers_served": customers} | self.told(rows, customers))
        return told

    def months(self) -> list[dict[str, Any]]:
        month = np.array([f"{day:%Y-%m}" for day in self.days], dtype=object)
        return [
            {"month": one} | self.told(self.inside & (month == one), self.served.system) for one in self._month_names()
        ]

    def causes(self) -> list[dict[str, Any]]:
        minutes: dict[str, float] = {}
        outages: dict[str, set[str]] = {}
        of_step = self.steps.customers * durations_s(self.steps, self.end_s) / MINUTE_S
        for n in np.flatnonzero(self.inside).tolist():
            one = self.records[n]
            minutes[one.cause] = minutes.get(one.cause, 0.0) + float(of_step[n])
            outages.setdefault(one.cause, set()).add(one.outage)
        return [
            {"cause": cause, "outages": len(outages[cause]), "customer_minutes": total}
            for cause, total in sorted(minutes.items(), key=lambda row: (-row[1], row[0]))
        ]

    def threshold_document(self, year: int) -> dict[str, Any]:
        fit = self.fitted[year]
        return {
            "year": year,
            "fitted_on_years": [year - FIT_YEARS, year - 1],
            "days": fit.days,
            "alpha": _known(fit.alpha),
            "beta": _known(fit.beta),
            "tmed_min": _known(fit.tmed_min),
            "reason": fit.reason,
        }

    def major_document(self) -> list[dict[str, Any]]:
        return [
            {"day": day.isoformat(), "saidi_min": self.daily[day], "tmed_min": self.fitted[day.year].tmed_min}
            for day in sorted(self.major)
        ]

    def _month_names(self) -> list[str]:
        day, last, found = self.span.day_of(self.span.begin), self.span.day_of(self.span.end), list[str]()
        while day < last or not found:
            if not found or found[-1] != f"{day:%Y-%m}":
                found.append(f"{day:%Y-%m}")
            day += timedelta(days=1)
        return found

    def _indices(self, rows: np.ndarray, customers: int | None) -> dict[str, Any]:
        period_s = (self.span.end - self.span.begin).total_seconds()
        served = float(customers) if customers else float("nan")
        found = indices(self.steps.rows(rows), customers_served=served, period_s=period_s, end_s=self.end_s)
        return _indices_document(found)

    def _daily(self) -> dict[date, float]:
        """Minutes of SAIDI by day: sustained interruptions of all records, the years before among them."""
        seconds = durations_s(self.steps, self.end_s)
        minutes = np.where(is_momentary(self.steps, self.end_s), 0.0, self.steps.customers * seconds / MINUTE_S)
        daily: dict[date, float] = {}
        for day, one in zip(self.days, minutes.tolist(), strict=True):
            daily[day] = daily.get(day, 0.0) + one / max(self.served.system, 1)
        return daily

    def _threshold(self, year: int) -> Threshold:
        before = [value for day, value in self.daily.items() if year - FIT_YEARS <= day.year < year]
        return threshold(np.array(before, np.float64))

    def _major(self) -> set[date]:
        if not self.served.system:
            return set()
        inside = {day for day, kept in zip(self.days, self.inside, strict=True) if kept}
        return {day for day in inside if is_major(np.array([self.daily[day]]), self.fitted[day.year].tmed_min)[0]}


def _steps(records: Sequence[StepRecord]) -> Steps:
    outages = {key: n for n, key in enumerate(dict.fromkeys(one.outage for one in records))}
    consumers = {key: n for n, key in enumerate(dict.fromkeys(key for one in records for key in one.consumers))}
    pairs = [(n, consumers[key], count) for n, one in enumerate(records) for key, count in one.consumers.items()]
    who = np.array(pairs, np.int32).reshape(-1, 3)
    return Steps(
        outage=np.array([outages[one.outage] for one in records], np.int32),
        began_s=np.array([one.began_at.timestamp() for one in records], np.float64),
        restored_s=np.array(
            [one.restored_at.timestamp() if one.restored_at else np.nan for one in records], np.float64
        ),
        customers=np.array([one.customers for one in records], np.int32),
        lost_kw=np.array([one.lost_kw for one in records], np.float64),
        pair_step=who[:, 0],
        pair_consumer=who[:, 1],
        pair_customers=who[:, 2],
    )


def _indices_document(found: Indices) -> dict[str, Any]:
    told: dict[str, Any] = {
        name: _known(getattr(found, name))
        for name in (
            "customer_interruptions", "customer_minutes", "momentary_interruptions", "saidi_min", "saifi", "caidi_min",
            "maifi", "maifi_e", "asai", "ens_kwh", "aens_kwh",
        )
    }  # fmt: skip
    shares = [_known(share) for share in found.cemi]
    told["cemi"] = {str(n): share for n, share in enumerate(shares, CEMI_FROM)}
    told["celid"] = {"8": _known(found.celid[0]), "12": _known(found.celid[1]), "24": _known(found.celid[2])}
    return told | {"open_steps": found.open_steps}


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
