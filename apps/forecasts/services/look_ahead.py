"""What the look ahead of the state expects: the newest forecast, with what people changed of it."""

from datetime import datetime, timedelta

import numpy as np
from django.utils import timezone

from apps.assets.adapters import AssembledNetwork
from apps.forecasts.adapters.arrays import FloatArray
from apps.forecasts.adapters.expecting import Outlook, expected, persistence
from apps.forecasts.choices import Quantity, Subject
from apps.forecasts.models import Series
from apps.forecasts.selectors.actual import actual, step_of
from apps.forecasts.selectors.issues import Issue, issue_at, said_ahead
from apps.forecasts.services.thinning import GATE_HOUR
from apps.state.adapters.look_ahead import Expected
from apps.state.selectors.quarters import quarters
from apps.state.services.look_ahead import from_history

_NEEDED = (Quantity.LOAD, Quantity.NET_LOAD)
_JUDGED_DAYS = 7


def from_forecasts(network: AssembledNetwork, starts_at: datetime, steps: int) -> Expected:
    """From the history alone where the system is not forecast, or not so far."""
    series = {one.quantity: one for one in Series.objects.in_use().filter(subject=Subject.SYSTEM)}
    found = {quantity: said_ahead(one, starts_at, steps) for quantity, one in series.items()}
    said = {quantity: one for quantity, one in found.items() if one is not None}
    if any(quantity not in said for quantity in _NEEDED):
        return from_history(network, starts_at, steps)
    plants = tuple(said[quantity] for quantity in (Quantity.PV, Quantity.WIND) if quantity in said)
    kept = tuple(persistence(_errors(series[quantity], starts_at)) for quantity in _NEEDED)
    outlook = Outlook(
        said[Quantity.LOAD], said[Quantity.NET_LOAD], plants, _storage_kw(network, starts_at), (kept[0], kept[1])
    )
    issue = issue_at(series[Quantity.LOAD], as_of=starts_at)
    issued = timezone.localtime(issue.run.as_of) if issue else starts_at
    return expected(network, outlook, f"the forecast issued at {issued:%H:%M}")


def _storage_kw(network: AssembledNetwork, until: datetime) -> float:
    known = quarters(model_id=network.model_id, until=until)
    return float(known.total_kw[-1, 2]) if len(known.number) else 0.0


def _errors(series: Series, until: datetime) -> FloatArray:
    """Of the issues of the last gates: rows of what came less the median."""
    today = until.replace(hour=GATE_HOUR, minute=0, second=0, microsecond=0)
    found = (issue_at(series, as_of=today - timedelta(days=back, minutes=-15)) for back in range(_JUDGED_DAYS))
    issues = {one.run.pk: one for one in found if one is not None}
    rows = [_error(series, one, until) for one in issues.values()]
    longest = max(map(len, rows), default=1)
    padded = [np.pad(row, (0, longest - len(row)), constant_values=np.nan) for row in rows]
    return np.array(padded).reshape(-1, longest)


def _error(series: Series, issue: Issue, until: datetime) -> FloatArray:
    came = actual([series.pk], start=issue.first, end=issue.end, until=step_of(until))[series.pk]
    return np.asarray(came - issue.at_level(0.5))
