"""The recorded outage of an incident: who lost supply together, and had it again together."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.db.models import Count, Sum

from apps.assets.models import UsagePoint
from apps.incidents.adapters.ground import Ground
from apps.incidents.models import Incident, LostLoad
from apps.incidents.services.lost_load import Powers, lost_kw
from apps.state.choices import OutageCause, OutageSource
from apps.state.models import Outage, OutageStep


def open_outage(
    *, began_at: datetime, reference: str, feeder_mrid: UUID | None, feeder_name: str, is_planned: bool = False
) -> Outage:
    return Outage.objects.create(
        mrid=uuid4(),
        source=OutageSource.INCIDENT,
        reference=reference,
        feeder_mrid=feeder_mrid,
        feeder_name=feeder_name,
        cause=OutageCause.PLANNED if is_planned else OutageCause.UNKNOWN,
        is_planned=is_planned,
        began_at=began_at,
    )


def outage_of(incident: Incident) -> Outage | None:
    return Outage.objects.filter(mrid=incident.outage_mrid).first() if incident.outage_mrid else None


def add_loss(
    outage: Outage, ground: Ground, consumers: Sequence[int], *, at: datetime, drawn: Powers
) -> OutageStep | None:
    """Those who lost supply now and are in no open step of any outage; None: nobody. drawn: of each, before."""
    standing = consumers_without()
    lost = [one for one in consumers if ground.consumer_mrid(one) not in standing]
    if not lost:
        return None
    Outage.objects.filter(pk=outage.pk).update(ended_at=None)
    outage.ended_at = None
    return OutageStep.objects.create(outage=outage, began_at=at, **_figures(ground, lost, drawn))


def split_restored(step: OutageStep, ground: Ground, live: Iterable[str], *, at: datetime) -> int:
    """Those who have supply again become a step of their own; the rest goes on waiting. Returns how many customers."""
    back = {mrid: count for mrid, count in step.consumers.items() if mrid in set(live)}
    if not back:
        return 0
    at = max(at, step.began_at)
    left = {mrid: count for mrid, count in step.consumers.items() if mrid not in back}
    critical, kw = _critical(back), step.lost_kw * _share(step, ground, back)
    if left:
        OutageStep.objects.create(
            outage_id=step.outage_id, began_at=step.began_at, restored_at=at, consumers=back,
            customers=sum(back.values()), critical_customers=critical, lost_kw=kw,
        )  # fmt: skip
        step.consumers, step.customers = left, sum(left.values())
        step.critical_customers = max(step.critical_customers - critical, 0)
        step.lost_kw -= kw
    else:
        step.restored_at = at
    step.save()
    return sum(back.values())


def close_if_over(outage: Outage) -> bool:
    """Everybody has supply again: it ended when the last one had."""
    if outage.steps.filter(restored_at__isnull=True).exists() or outage.ended_at is not None:
        return False
    last = outage.steps.order_by("-restored_at").values_list("restored_at", flat=True).first()
    outage.ended_at = last or outage.began_at
    outage.save(update_fields=["ended_at"])
    return True


def consumers_without() -> set[str]:
    """mRIDs of consumers in an open step of any outage that this control room has recorded."""
    rows = OutageStep.objects.filter(
        restored_at__isnull=True, outage__source=OutageSource.INCIDENT, outage__ended_at__isnull=True
    )
    return {mrid for consumers in rows.values_list("consumers", flat=True) for mrid in consumers}


def count_again(incident: Incident, outage: Outage) -> None:
    """The incident's own figures from the steps: who lost supply twice is one customer."""
    ever: dict[str, int] = {}
    for consumers in outage.steps.values_list("consumers", flat=True):
        ever.update(consumers)
    waiting = outage.steps.filter(restored_at__isnull=True).aggregate(
        customers=Sum("customers"), critical=Sum("critical_customers")
    )
    incident.customers, incident.critical_customers = sum(ever.values()), _critical(ever)
    incident.customers_without = min(waiting["customers"] or 0, incident.customers)
    incident.critical_without = waiting["critical"] or 0
    incident.lost_kw = max(incident.lost_kw, _lost_now(outage))
    incident.save(update_fields=["customers", "critical_customers", "customers_without", "critical_without", "lost_kw"])


def _lost_now(outage: Outage) -> float:
    return float(outage.steps.filter(restored_at__isnull=True).aggregate(kw=Sum("lost_kw"))["kw"] or 0.0)


def _figures(ground: Ground, lost: Sequence[int], drawn: Powers) -> dict[str, object]:
    consumers = {ground.consumer_mrid(one): int(ground.consumer_customers[one]) for one in lost}
    return {
        "consumers": consumers,
        "customers": sum(consumers.values()),
        "critical_customers": _critical(consumers),
        "lost_kw": lost_kw(drawn, consumers),
    }


def _share(step: OutageStep, ground: Ground, back: Collection[str]) -> float:
    """Of the step's lost load: by what each drew before, as far as that is known, else by their rated load."""
    row = LostLoad.objects.filter(incident__outage_mrid=step.outage.mrid).first()
    at = ground.consumer_at
    rated: Powers = {mrid: (-float(ground.consumer_kw[at[mrid]]), 0.0) for mrid in step.consumers if mrid in at}
    for powers in (row.powers if row else {}, rated):
        whole = lost_kw(powers, step.consumers)
        if whole > 0:
            return min(lost_kw(powers, back) / whole, 1.0)
    return len(back) / len(step.consumers)


def _critical(consumers: Iterable[str]) -> int:
    """Connections of people who depend on supply, as far as they are named."""
    rows = UsagePoint.objects.filter(is_critical=True, is_active=True, consumer_mrid__in=list(consumers))
    return int(rows.aggregate(count=Count("pk"))["count"])
