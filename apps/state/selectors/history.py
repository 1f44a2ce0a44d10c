"""The system's figures over time, from the stored solutions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.state.adapters.performance import Performance, performance
from apps.state.models import Solution

FIGURES = (
    "load_kw",
    "generation_kw",
    "storage_kw",
    "import_kw",
    "losses_kw",
    "min_voltage_pu",
    "max_voltage_pu",
    "overloads",
    "voltage_violations",
    "customers_without_supply",
    "points",
    "points_good",
)


@dataclass(frozen=True, slots=True)
class SystemHistory:
    """Columns of equal length, ascending in time. None: not known at that instant."""

    at: list[datetime]
    figures: dict[str, list[Any]]
    customers: int

    def __len__(self) -> int:
        return len(self.at)


def system_history(*, start: datetime, end: datetime, most: int) -> SystemHistory:
    """At most `most` scans of the period, evenly chosen."""
    rows = Solution.objects.filter(as_of__gte=start, as_of__lt=end).order_by("id")
    keys = list(rows.values_list("pk", flat=True))
    step = max(1, -(-len(keys) // most))
    found = list(Solution.objects.filter(pk__in=keys[::step]).order_by("id").values_list("as_of", "system"))
    return SystemHistory(
        at=[as_of for as_of, _ in found],
        figures={name: [system.get(name) for _, system in found] for name in FIGURES},
        customers=int(found[-1][1].get("customers") or 0) if found else 0,
    )


def system_performance(history: SystemHistory, *, longest_gap_s: float) -> Performance:
    return performance(history.at, history.figures, customers=history.customers, longest_gap_s=longest_gap_s)
