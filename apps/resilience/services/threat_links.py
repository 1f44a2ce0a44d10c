"""Something on a link that no point map knows."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from apps.resilience.choices.threat import FindingKind
from apps.resilience.models import FieldDevice, Finding
from apps.resilience.services.findings import Found, note
from apps.telemetry.models import GatewayLink

RECENT = timedelta(minutes=10)
FEW, MANY_REFUSED = 0.35, 0.6
MANY = 100
KINDS = (FindingKind.UNKNOWN_DEVICE,)


def look_at_links(*, as_of: datetime) -> list[Finding]:
    return note(found=list(_strangers(as_of)), kinds=KINDS, as_of=as_of)


def _strangers(as_of: datetime) -> Iterator[Found]:
    """Figures count from the start of the gateway's process; a link that is quiet since says nothing new."""
    rows = GatewayLink.objects.filter(refused__gt=0, written_at__gte=as_of - RECENT).select_related("gateway")
    for link in rows.exclude(last_refusal="").order_by("gateway__name", "name"):
        known = FieldDevice.objects.filter(link=link.gateway.name)
        mrids = [mrid for mrid in known.values_list("equipment_mrid", flat=True) if mrid]
        yield Found(
            key=f"unknown-device/{link.gateway.name}/{link.name}",
            kind=FindingKind.UNKNOWN_DEVICE,
            title=f"Link {link} brings what its point map does not know",
            likelihood=MANY_REFUSED if link.refused >= MANY else FEW,
            basis=f"{link.refused} values or frames were refused, the newest: {link.last_refusal}",
            began_at=link.since or link.written_at,
            evidence={"refused": link.refused, "last_refusal": link.last_refusal, "values_in": link.values_in},
            mrids=mrids,
        )
