"""When the last customer will have supply again: a band, from what earlier outages took, or from stated priors."""

from datetime import datetime, timedelta

import numpy as np

from apps.accounts.models import User
from apps.incidents.adapters.durations import Band, band_of
from apps.incidents.choices.incident import MOMENTARY_WITHIN, DamageClass, FactKind, IncidentStatus
from apps.incidents.models import Incident, IncidentEstimate
from apps.incidents.services.telling import Told, note_fact, one_writer, publish
from apps.state.choices import OutageCause
from apps.state.models import Outage

MOST_PAST = 5000
NEEDS_NONE = (IncidentStatus.RESTORED, IncidentStatus.CLOSED, IncidentStatus.CANCELLED)


def estimate(incident: Incident, *, as_of: datetime) -> IncidentEstimate | None:
    """From the records; a person's word of the last state is replaced, because more is known now."""
    if incident.status in NEEDS_NONE:
        return None
    elapsed_min = max((as_of - incident.began_at).total_seconds() / 60, 0.0)
    band = band_of(
        elapsed_min=elapsed_min,
        damage=DamageClass(incident.damage_class),
        like_damage=_past(incident, by_damage=True),
        like_cause=_past(incident, by_damage=False),
        all_past=_all_past(),
    )
    return _store(incident, band, as_of=as_of)


@one_writer()
def _store(incident: Incident, band: Band, *, as_of: datetime) -> IncidentEstimate:
    at = [incident.began_at + timedelta(minutes=minutes) for minutes in (band.low_min, band.middle_min, band.high_min)]
    made = IncidentEstimate.objects.create(
        incident=incident,
        made_at=as_of,
        earliest_at=at[0],
        likely_at=at[1],
        latest_at=at[2],
        basis=band.basis[:300],
        past_outages=band.past_outages,
    )
    _tell(incident, made, by=None, as_of=as_of)
    return made


@one_writer()
def estimate_by_hand(
    *, incident: Incident, earliest_at: datetime, likely_at: datetime, latest_at: datetime, why: str, by: User,
    as_of: datetime,
) -> IncidentEstimate:  # fmt: skip
    made = IncidentEstimate.objects.create(
        incident=incident, made_at=as_of, earliest_at=earliest_at, likely_at=likely_at, latest_at=latest_at,
        basis=why[:300], by=by,
    )  # fmt: skip
    _tell(incident, made, by=by, as_of=as_of)
    return made


def _tell(incident: Incident, made: IncidentEstimate, *, by: User | None, as_of: datetime) -> None:
    span = f"between {made.earliest_at:%H:%M} and {made.latest_at:%H:%M} UTC, likely {made.likely_at:%H:%M}"
    told = Told(FactKind.ESTIMATE, f"{made.pk}", as_of, f"Supply is expected back {span}. {made.basis}")
    note_fact(incident, told, as_of=as_of, by=by)
    publish(incident, "estimated")


def _past(incident: Incident, *, by_damage: bool) -> np.ndarray:
    """Minutes of whole sustained outages of the same cause; with damage also of the same class of damage."""
    if incident.cause == OutageCause.UNKNOWN and not by_damage:
        return np.zeros(0)
    rows = Outage.objects.filter(is_planned=False, ended_at__isnull=False)
    if incident.cause != OutageCause.UNKNOWN:
        rows = rows.filter(cause=incident.cause)
    if by_damage:
        if incident.damage_class == DamageClass.UNKNOWN:
            return np.zeros(0)
        like = Incident.objects.filter(damage_class=incident.damage_class).exclude(pk=incident.pk)
        rows = rows.filter(mrid__in=like.values("outage_mrid"))
    return _minutes(list(rows.order_by("-began_at").values_list("began_at", "ended_at")[:MOST_PAST]))


def _all_past() -> np.ndarray:
    rows = Outage.objects.filter(is_planned=False, ended_at__isnull=False).order_by("-began_at")
    return _minutes(list(rows.values_list("began_at", "ended_at")[:MOST_PAST]))


def _minutes(spans: list[tuple[datetime, datetime | None]]) -> np.ndarray:
    found = np.array([(end - begin).total_seconds() / 60 for begin, end in spans if end is not None], np.float64)
    return found[found > MOMENTARY_WITHIN.total_seconds() / 60]
