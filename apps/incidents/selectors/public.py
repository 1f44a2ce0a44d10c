"""What everybody may know of outages: no name of equipment or person, counts and places rounded, times as a band."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.utils import timezone

from apps.assets.models import ConnectivityNode, NetworkModel
from apps.incidents.choices.incident import WITHOUT_SUPPLY, FactKind, IncidentKind, IncidentStatus
from apps.incidents.models import Incident, IncidentFact
from apps.incidents.selectors.public_area import Place, PublicArea, area_around

A_FEW = 15  # customers; so many or fewer are not counted in public
SHOWN_AFTER = timedelta(hours=3)
BAND_STEP = timedelta(minutes=15)
MOST_SHOWN = 500
# What the public hears anew of; each of these facts is a message of its own.
_TOLD = frozenset({FactKind.STATUS, FactKind.ESTIMATE, FactKind.SUPPLY_BACK, FactKind.CONFIRMED})
_S = IncidentStatus
_STATE_WORDS = {
    _S.DETECTED: "We know of it and are looking for the fault.",
    _S.LOCATED: "We know where the fault is.",
    _S.ISOLATED: "The fault is isolated; we are switching supply to the others.",
    _S.PARTLY_RESTORED: "Some customers have supply again; the others wait for the repair.",
}
SUPPLY_IS_BACK = "All customers have supply again."


@dataclass(frozen=True, slots=True)
class PublicOutage:
    """`customers` is rounded; None says a few. `messages_at` are the instants at which something new was told."""

    id: str
    area: PublicArea
    began_at: datetime
    ended_at: datetime | None
    customers: int | None
    state_words: str
    earliest_at: datetime | None
    latest_at: datetime | None
    estimate_words: str
    messages_at: tuple[datetime, ...]

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None

    @property
    def updated_at(self) -> datetime:
        return self.messages_at[-1]

    @property
    def customers_words(self) -> str:
        verb = "had no supply" if self.is_over else "have no supply"
        return f"A few customers {verb}" if self.customers is None else f"About {self.customers} customers {verb}"


def public_outages(*, as_of: datetime) -> list[PublicOutage]:
    """Those that go on, the newest first, and those that ended a short while ago."""
    going_on = Incident.objects.filter(status__in=WITHOUT_SUPPLY, customers_without__gt=0)
    ended = Incident.objects.exclude(status__in=[*WITHOUT_SUPPLY, IncidentStatus.CANCELLED])
    ended = ended.filter(kind=IncidentKind.SUSTAINED, restored_at__gt=as_of - SHOWN_AFTER)
    told = Prefetch("facts", IncidentFact.objects.filter(kind__in=_TOLD).order_by("recorded_at"), to_attr="told")
    rows = (going_on | ended).filter(outage_mrid__isnull=False).prefetch_related(told, "estimates")
    found = list(rows.order_by("-began_at")[:MOST_SHOWN])
    positions = _positions(found)
    outages = [_public(incident, positions, as_of) for incident in found]
    return sorted(outages, key=lambda one: one.is_over)


def public_outage(outage_mrid: UUID, *, as_of: datetime) -> PublicOutage | None:
    return next((one for one in public_outages(as_of=as_of) if one.id == str(outage_mrid)), None)


def _public(incident: Incident, positions: dict[str, Place], as_of: datetime) -> PublicOutage:
    is_over = incident.status not in WITHOUT_SUPPLY
    earliest_at, latest_at, words = (None, None, "") if is_over else _estimate(incident, as_of)
    places = [positions[mrid] for mrid in incident.nodes if mrid in positions]
    return PublicOutage(
        id=str(incident.outage_mrid),
        area=area_around(places, _whole() if places else ()),
        began_at=incident.began_at,
        ended_at=incident.restored_at if is_over else None,
        customers=rounded_customers(incident.customers if is_over else incident.customers_without),
        state_words=SUPPLY_IS_BACK if is_over else _STATE_WORDS[IncidentStatus(incident.status)],
        earliest_at=earliest_at,
        latest_at=latest_at,
        estimate_words=words,
        messages_at=_messages(incident),
    )


def _messages(incident: Incident) -> tuple[datetime, ...]:
    """Whole seconds: so fine are the messages' own times, and two in one second are one message."""
    facts: list[IncidentFact] = getattr(incident, "told")  # noqa: B009 - an attribute of the prefetch
    told = sorted({fact.recorded_at.replace(microsecond=0) for fact in facts if _is_news(fact, incident)})
    first = incident.detected_at.replace(microsecond=0)
    return (first, *(at for at in told if at > first))


def _is_news(fact: IncidentFact, incident: Incident) -> bool:
    """After the last customer has supply again nothing more is told: repair and closure are the operator's own."""
    return incident.restored_at is None or fact.at <= incident.restored_at


def rounded_customers(count: int) -> int | None:
    if count <= A_FEW:
        return None
    step = 10 if count < 100 else 50 if count < 1000 else 100
    return max(step, round(count / step) * step)


def _estimate(incident: Incident, as_of: datetime) -> tuple[datetime | None, datetime | None, str]:
    newest = next(iter(incident.estimates.all()), None)  # the newest first
    if newest is None:
        return None, None, "It is not known yet when supply will be back."
    if newest.latest_at < as_of:
        return None, None, "It takes longer than expected; a new time is being worked out."
    earliest_at, latest_at = _down(max(newest.earliest_at, as_of)), _up(newest.latest_at)
    begin, end = _clock(earliest_at, as_of), _clock(latest_at, as_of)
    return earliest_at, latest_at, f"Supply is expected back between {begin} and {end}."


def _down(at: datetime) -> datetime:
    return at - (at - at.replace(hour=0, minute=0, second=0, microsecond=0)) % BAND_STEP


def _up(at: datetime) -> datetime:
    lower = _down(at)
    return lower if lower == at else lower + BAND_STEP


def _clock(at: datetime, as_of: datetime) -> str:
    local = timezone.localtime(at)
    is_today = local.date() == timezone.localtime(as_of).date()
    return f"{local:%H:%M}" if is_today else f"{local:%Y-%m-%d %H:%M}"


def _positions(incidents: Sequence[Incident]) -> dict[str, Place]:
    """Of computed coordinates nothing is told: they are nowhere on the ground."""
    mrids = {mrid for incident in incidents for mrid in incident.nodes}
    rows = _surveyed().filter(mrid__in=mrids).values_list("mrid", "latitude", "longitude")
    return {str(mrid): (latitude, longitude) for mrid, latitude, longitude in rows}


def _surveyed() -> Any:
    return ConnectivityNode.objects.filter(model__in=NetworkModel.objects.current().filter(schematic=False))


def _whole() -> tuple[Place, ...]:
    model_id = NetworkModel.objects.current().values_list("pk", flat=True).first()
    return _whole_of(model_id) if model_id else ()


@lru_cache(maxsize=2)
def _whole_of(model_id: int) -> tuple[Place, ...]:
    """A live version of the network does not change."""
    return tuple(ConnectivityNode.objects.filter(model_id=model_id).values_list("latitude", "longitude"))
