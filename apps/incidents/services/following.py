"""An open incident from round to round: who has supply again, what state it has reached."""

from datetime import datetime, timedelta

from apps.incidents.adapters.ground import Ground
from apps.incidents.choices.incident import TOLD_BY_CUSTOMERS, FactKind, IncidentKind, IncidentStatus, ReportKind
from apps.incidents.models import Incident
from apps.incidents.rules.progress import Interruption, Progress, kind_of, status_of
from apps.incidents.selectors.positions import CLOSED, Positions, switch_changes
from apps.incidents.services.estimating import estimate
from apps.incidents.services.outage_rows import close_if_over, count_again, outage_of, split_restored
from apps.incidents.services.supply_alarm import end_supply_alarm
from apps.incidents.services.telling import Told, move, note_fact, one_writer, publish
from apps.state.choices import OutageCause, OutageSource
from apps.state.models import Outage, OutageStep

# A momentary interruption that is over needs nobody; it closes by itself.
CLOSES_AFTER = timedelta(minutes=30)


@one_writer()
def follow(incident: Incident, ground: Ground, now: Positions, *, as_of: datetime) -> None:
    outage = outage_of(incident)
    if outage is None:
        return
    back = _restore(incident, outage, ground, now)
    if back:
        close_if_over(outage)
        count_again(incident, outage)
        text = f"{back} customers have supply again; {incident.customers_without} wait."
        told = Told(FactKind.SUPPLY_BACK, f"{as_of.isoformat()} {back}", as_of, text, value=float(back))
        note_fact(incident, told, as_of=as_of)
    if back and not incident.customers_without:
        _all_back(incident, outage, as_of=as_of)
    _decide_kind(incident, outage, as_of=as_of)
    moved = _advance(incident, as_of=as_of)
    if back and not moved:
        publish(incident, "restored-partly")
    if moved:
        estimate(incident, as_of=as_of)


@one_writer()
def follow_planned(ground: Ground, now: Positions) -> None:
    """Of planned work there is an outage and no incident."""
    rows = Outage.objects.filter(source=OutageSource.INCIDENT, is_planned=True, ended_at__isnull=True)
    for outage in rows:
        for step in outage.steps.filter(restored_at__isnull=True):
            live, at = _live(step, ground, now)
            split_restored(step, ground, live, at=at)
        close_if_over(outage)


def _restore(incident: Incident, outage: Outage, ground: Ground, now: Positions) -> int:
    count = 0
    for step in outage.steps.filter(restored_at__isnull=True):
        if incident.trigger in TOLD_BY_CUSTOMERS:
            for mrid, at in _told_back(incident, step).items():
                step.refresh_from_db()
                count += split_restored(step, ground, [mrid], at=at)
            continue
        live, at = _live(step, ground, now)
        count += split_restored(step, ground, live, at=at)
    return count


def _all_back(incident: Incident, outage: Outage, *, as_of: datetime) -> None:
    """Whatever its state: after a repair it stays repaired."""
    end_supply_alarm(incident, as_of=as_of)
    incident.restored_at = outage.ended_at or as_of
    incident.save(update_fields=["restored_at"])


def _live(step: OutageStep, ground: Ground, now: Positions) -> tuple[list[str], datetime]:
    energised, at = ground.energised(now.closed), ground.consumer_at
    live = [mrid for mrid in step.consumers if mrid in at and energised[ground.consumer_node[at[mrid]]]]
    if not live:
        return [], now.as_of
    closings = switch_changes().filter(value=CLOSED, at__gt=step.began_at, at__lte=now.as_of)
    last = closings.order_by("-at").values_list("at", flat=True).first()
    return live, last or now.as_of


def _told_back(incident: Incident, step: OutageStep) -> dict[str, datetime]:
    rows = incident.reports.filter(kind=ReportKind.RESTORED, at__gt=step.began_at, consumer_mrid__in=step.consumers)
    return {str(mrid): at for mrid, at in rows.order_by("at").values_list("consumer_mrid", "at")}


def _decide_kind(incident: Incident, outage: Outage, *, as_of: datetime) -> None:
    steps = [Interruption(*row) for row in outage.steps.values_list("began_at", "restored_at")]
    kind = kind_of(steps, as_of=as_of)
    if kind != incident.kind:
        incident.kind = kind
        incident.save(update_fields=["kind"])
        publish(incident, "kind")


def _advance(incident: Incident, *, as_of: datetime) -> bool:
    section = incident.sections.order_by("-is_confirmed", "rank").first()
    found = Progress(
        status=IncidentStatus(incident.status),
        customers=incident.customers,
        customers_without=incident.customers_without,
        probability=(1.0 if section.is_confirmed else section.probability) if section else 0.0,
        is_isolated=bool(section and section.is_isolated),
    )
    new = status_of(found)
    if new == incident.status:
        return False
    why = f"{incident.customers_without} of {incident.customers} customers are without supply."
    return move(incident, new, as_of=as_of, why=why, restored_at=_restored_at(incident, as_of))


def _restored_at(incident: Incident, as_of: datetime) -> datetime | None:
    return None if incident.customers_without else incident.restored_at or as_of


@one_writer()
def close_momentary(*, as_of: datetime) -> int:
    """Those that nobody has touched: no crew, no damage, no cause."""
    rows = Incident.objects.filter(
        status=IncidentStatus.RESTORED,
        kind=IncidentKind.MOMENTARY,
        restored_at__lt=as_of - CLOSES_AFTER,
        assignments__isnull=True,
        cause=OutageCause.UNKNOWN,
    )
    closed = 0
    for incident in rows.select_for_update(of=("self",), no_key=True):
        why = "A momentary interruption that was over by itself."
        closed += move(incident, IncidentStatus.CLOSED, as_of=as_of, why=why)
    return closed
