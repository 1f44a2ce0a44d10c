"""A person's change of a forecast: laid over the model's own, never in its place."""

from datetime import datetime
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.audit import services as audit
from apps.forecasts.choices import STREAM
from apps.forecasts.models import Override, Series
from apps.forecasts.rules.overrides import Refused, Wish, check
from apps.forecasts.selectors.fan import horizon_end, override_document
from apps.live import services as live


class Conflict(Exception):
    """Something stands in the way; the message says what and what to do."""


@transaction.atomic
def make_override(*, series: Series, wish: Wish, by: User, as_of: datetime) -> Override:
    Series.objects.select_for_update().get(pk=series.pk)  # one override at a time
    forecast = horizon_end(series, as_of=as_of)
    if forecast is None:
        raise Conflict("Nothing is forecast of this series yet, so that there is nothing to override.")
    ends_at, most_kw = forecast
    check(wish, as_of=as_of, horizon_end=ends_at, most_kw=most_kw)
    _check_free(series, wish)
    made = Override.objects.create(
        series=series,
        starts_at=wish.starts_at,
        ends_at=wish.ends_at,
        change_kw=wish.change_kw,
        factor=wish.factor,
        reason=wish.reason.strip(),
        made_at=as_of,
        made_by=by,
    )
    _record(made, "override.made", by=by, as_of=as_of)
    return made


def _check_free(series: Series, wish: Wish) -> None:
    rows = Override.objects.filter(series=series, withdrawn_at=None, starts_at__lt=wish.ends_at)
    if other := rows.filter(ends_at__gt=wish.starts_at).select_related("made_by").first():
        raise Refused(
            "starts_at",
            f"From {other.starts_at:%Y-%m-%dT%H:%MZ} to {other.ends_at:%Y-%m-%dT%H:%MZ} the override of "
            f"{other.made_by.get_username()} holds; withdraw it first or choose another time.",
        )


@transaction.atomic
def withdraw_override(*, override_id: int, by: User, as_of: datetime) -> Override:
    """What it said until now stays on record, and is scored."""
    touched = Override.objects.filter(pk=override_id, withdrawn_at=None, ends_at__gt=as_of).update(
        withdrawn_at=as_of, withdrawn_by=by
    )
    override = Override.objects.select_related("made_by", "withdrawn_by").get(pk=override_id)
    if not touched:
        raise Conflict(_why_not(override))
    _record(override, "override.withdrawn", by=by, as_of=as_of)
    return override


def _why_not(override: Override) -> str:
    if override.withdrawn_at is None:
        return "Its time has passed; it stays on record as it was."
    by = override.withdrawn_by.get_username() if override.withdrawn_by else "somebody"
    return f"{by} has withdrawn it already, at {override.withdrawn_at:%Y-%m-%dT%H:%MZ}."


def _record(override: Override, action: str, *, by: User, as_of: datetime) -> None:
    told: dict[str, Any] = override_document(override)
    told = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in told.items()}
    audit.record(actor=by, action=f"forecast.{action}", target=f"forecast/{override.series_id}", detail=told, at=as_of)
    live.record(stream=STREAM, kind=action, subject=str(override.series_id), payload=told)
