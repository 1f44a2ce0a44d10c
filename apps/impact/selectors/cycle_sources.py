"""Where the runs of a quarter hour stand: every desk's run rows, found by the instant that they looked at."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, Q

from apps.assets import selectors as assets
from apps.demand_response.choices import LookOutcome
from apps.demand_response.models import DemandProgram, OpportunityRun
from apps.dispatch.choices.ahead import AheadOutcome
from apps.dispatch.models import HoursAhead
from apps.efficiency.choices.loss import LossOutcome
from apps.efficiency.models import LossRun
from apps.forecasts.models import ForecastRun, Series
from apps.impact.choices.cycle import MOST_RUNS, CycleStage
from apps.impact.rules.cycles import Ran
from apps.incidents.choices.restoring import RestorationOutcome
from apps.incidents.models import RestorationRun
from apps.microgrids.choices.readiness import ReadinessOutcome
from apps.microgrids.choices.schedule import ScheduleOutcome
from apps.microgrids.models import Microgrid, ReadinessRun, ScheduleRun
from apps.optimization.choices import RunOutcome
from apps.optimization.models import OptimizationRun
from apps.renewables.choices import StabilityOutcome
from apps.renewables.models import AvoidanceRun, RenewablePlant, ReserveRun, StabilityRun
from apps.resilience.choices.risk import RiskOutcome
from apps.resilience.models import RiskRun
from apps.state.choices import LookAheadOutcome, Outcome, SecurityOutcome
from apps.state.models import LookAhead, SecurityRun, Solution
from apps.storage.choices import PlanOutcome
from apps.storage.models import StoragePlant, StorageSchedule

MS_A_S = 1000.0
Asked = Callable[[], bool]


def _network() -> bool:
    return assets.current_model() is not None


def _series() -> bool:
    return Series.objects.in_use().exists()


def _never() -> bool:
    return False


def _microgrids() -> bool:
    return Microgrid.objects.active().exists()


def _plants() -> bool:
    return RenewablePlant.objects.filter(is_active=True).exists()


def _batteries() -> bool:
    return StoragePlant.objects.filter(is_planned=True).exists()


def _programs() -> bool:
    return DemandProgram.objects.exists()


@dataclass(frozen=True, slots=True)
class Source:
    """Runs of one kind. good: outcomes that are a result; empty where being there is one."""

    stage: CycleStage
    kind: str
    label: str
    model: type[Model]
    good: frozenset[str]
    due: Asked  # whether one is due in every slot
    there: Asked
    text: str = ""  # the field of its words
    duration: str = "duration_ms"
    subject: str = ""  # the path of the name of what it is about
    by: str = "as_of"

    def columns(self) -> list[str]:
        outcome = ["outcome"] if self.good else []
        return [name for name in ("pk", self.by, *outcome, self.text, self.duration, self.subject) if name]


def _set(*outcomes: str) -> frozenset[str]:
    return frozenset(str(one) for one in outcomes)


_S, _NONE = CycleStage, _set()
SOURCES: tuple[Source, ...] = (
    Source(_S.MONITORING, "scan", "Scan", Solution, _set(Outcome.SOLVED), _network, _network, "reason"),
    Source(
        _S.MONITORING,
        "security",
        "Loss of one element",
        SecurityRun,
        _set(SecurityOutcome.SECURE, SecurityOutcome.INSECURE),
        _network,
        _network,
        "reason",
    ),
    Source(_S.FORECAST, "forecast", "Forecast", ForecastRun, _NONE, _series, _series),
    Source(
        _S.FORECAST, "look-ahead", "Look ahead", LookAhead, _set(LookAheadOutcome.DONE), _network, _network, "reason"
    ),
    Source(
        _S.OPTIMIZATION,
        "optimization",
        "Look of the desks",
        OptimizationRun,
        _set(RunOutcome.DONE, RunOutcome.RUNNING, RunOutcome.QUEUED),
        _network,
        _network,
        "text",
    ),
    Source(
        _S.OPTIMIZATION,
        "hours-ahead",
        "Envelopes and congestion",
        HoursAhead,
        _set(AheadOutcome.DONE, AheadOutcome.ONLY_NOW),
        _network,
        _network,
        "reason",
    ),
    Source(_S.RENEWABLES, "reserve", "Ramps and reserve", ReserveRun, _NONE, _plants, _plants, "held_words"),
    Source(
        _S.RENEWABLES,
        "avoidance",
        "Ways around curtailment",
        AvoidanceRun,
        _NONE,
        _never,
        _plants,
        "words",
        duration="",
    ),
    Source(
        _S.RENEWABLES,
        "stability",
        "Frequency after a loss, hourly",
        StabilityRun,
        _set(StabilityOutcome.HOLDS, StabilityOutcome.SHORT),
        _never,
        _plants,
        "text",
    ),
    Source(
        _S.DEMAND,
        "opportunity",
        "Where flexibility is worth most",
        OpportunityRun,
        _set(LookOutcome.DONE, LookOutcome.NOTHING),
        _programs,
        _programs,
        "reason",
    ),
    Source(
        _S.STORAGE,
        "storage-schedule",
        "Schedule",
        StorageSchedule,
        _set(PlanOutcome.PLANNED),
        _batteries,
        _batteries,
        "reason",
        subject="plant__name",
    ),
    Source(
        _S.MICROGRIDS,
        "microgrid-schedule",
        "Schedule of a microgrid",
        ScheduleRun,
        _set(ScheduleOutcome.PLANNED),
        _microgrids,
        _microgrids,
        "reason",
        subject="microgrid__name",
    ),
    Source(
        _S.MICROGRIDS,
        "readiness",
        "Hours that it could stand alone",
        ReadinessRun,
        _set(ReadinessOutcome.WORKED_OUT),
        _microgrids,
        _microgrids,
        "reason",
        subject="microgrid__name",
    ),
    Source(
        _S.RESILIENCE,
        "restoration",
        "Restoration of an incident",
        RestorationRun,
        _set(*(one for one in RestorationOutcome if one != RestorationOutcome.NO_STATE)),
        _never,
        _network,
        "text",
        duration="seconds",
        subject="incident__number",
    ),
    Source(_S.RESILIENCE, "risk", "Outage risk, hourly", RiskRun, _set(RiskOutcome.DONE), _never, _network, "reason"),
    Source(_S.EFFICIENCY, "losses", "Losses of the day", LossRun, _set(LossOutcome.DONE), _never, _network, "reason"),
)


@dataclass(frozen=True, slots=True)
class Found:
    source: Source
    ran: Ran
    duration_ms: float
    newest_at: datetime | None
    outcomes: dict[str, int]  # by label
    runs: list[dict[str, Any]]  # the newest

    def document(self) -> dict[str, Any]:
        return {
            "kind": self.source.kind,
            "label": self.source.label,
            "count": self.ran.count,
            "good": self.ran.good,
            "duration_ms": round(self.duration_ms, 1),
            "newest_at": self.newest_at.isoformat() if self.newest_at else None,
            "outcomes": self.outcomes,
            "runs": self.runs,
        }


def found_of(source: Source, *, begin: datetime, end: datetime) -> Found:
    """All runs whose instant lies in the slot."""
    window = Q(**{f"{source.by}__gte": begin, f"{source.by}__lt": end})
    rows = list(source.model._default_manager.filter(window).order_by(f"-{source.by}").values(*source.columns()))
    good = [row for row in rows if not source.good or row["outcome"] in source.good]
    bad = [row for row in rows if source.good and row["outcome"] not in source.good]
    labels = _labels(source)
    counted = Counter(labels.get(row["outcome"], row["outcome"]) if source.good else "Done" for row in rows)
    ran = Ran(
        label=source.label,
        count=len(rows),
        good=len(good),
        is_expected=source.due(),
        is_there=source.there(),
        worst=_worst(source, bad, labels),
    )
    return Found(
        source=source,
        ran=ran,
        duration_ms=sum(_ms(source, row) for row in rows),
        newest_at=rows[0][source.by] if rows else None,
        outcomes=dict(counted),
        runs=[_run(source, row, labels) for row in rows[:MOST_RUNS]],
    )


def _labels(source: Source) -> dict[str, str]:
    if not source.good:
        return {}
    column: Any = source.model._meta.get_field("outcome")
    return {str(value): str(label) for value, label in column.flatchoices}


def _worst(source: Source, bad: list[dict[str, Any]], labels: dict[str, str]) -> str:
    if not bad:
        return ""
    told = bad[0][source.text] if source.text else ""
    about = f"{bad[0][source.subject]}: " if source.subject else ""
    return about + str(told or labels.get(bad[0]["outcome"], bad[0]["outcome"]))


def _ms(source: Source, row: dict[str, Any]) -> float:
    if not source.duration or row[source.duration] is None:
        return 0.0
    return float(row[source.duration]) * (1.0 if source.duration.endswith("_ms") else MS_A_S)


def _run(source: Source, row: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    outcome = row["outcome"] if source.good else ""
    return {
        "id": row["pk"],
        "as_of": row[source.by].isoformat(),
        "outcome": outcome,
        "outcome_label": labels.get(outcome, "Done"),
        "is_good": not source.good or outcome in source.good,
        "duration_ms": round(_ms(source, row), 1) if source.duration else None,
        "subject": str(row[source.subject]) if source.subject else "",
        "words": str(row[source.text] or "")[:300] if source.text else "",
    }
