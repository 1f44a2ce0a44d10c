"""What hosting runs found, and what they are made from."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from apps.assets.choices import GeneratorKind
from apps.assets.models import ConnectivityNode, GeneratingUnit
from apps.forecasts.choices import Quantity, Subject
from apps.forecasts.models import Series
from apps.forecasts.selectors.actual import actual, instant_of, step_of
from apps.renewables.adapters.hosting import Feeders, sentence
from apps.renewables.adapters.hosting_hours import Past
from apps.renewables.choices import HostingOutcome, PlantKind
from apps.renewables.models import HostingNode, HostingRun

LOOKED_BACK = timedelta(days=365)
_KINDS = {GeneratorKind.PHOTOVOLTAIC: PlantKind.PV, GeneratorKind.WIND: PlantKind.WIND}


def system_past(*, as_of: datetime) -> Past | None:
    """None where the load or the net load of the system has no history."""
    rows = Series.objects.in_use().filter(subject=Subject.SYSTEM)
    key = {one.quantity: one.pk for one in rows}
    if Quantity.LOAD not in key or Quantity.NET_LOAD not in key:
        return None
    start, end = step_of(as_of - LOOKED_BACK), step_of(as_of)
    found = actual(list(key.values()), start=start, end=end)
    nothing = np.zeros(end - start)

    def of(quantity: Quantity) -> Any:
        return found[key[quantity]] if quantity in key else nothing

    starts = [instant_of(step) for step in range(start, end)]
    return Past(starts, of(Quantity.LOAD), of(Quantity.NET_LOAD), of(Quantity.PV), of(Quantity.WIND))


def kinds_of(model_id: int, mrids: Sequence[str]) -> list[str]:
    """Per injection: solar, wind, or nothing."""
    rows = GeneratingUnit.objects.filter(model_id=model_id, kind__in=list(_KINDS)).values_list("mrid", "kind")
    kind = {str(mrid): _KINDS[GeneratorKind(one)].value for mrid, one in rows}
    return [kind.get(mrid, "") for mrid in mrids]


def feeders_of(model_id: int, nodes: Sequence[str]) -> Feeders:
    """nodes: mRIDs of the display nodes."""
    rows = ConnectivityNode.objects.filter(model_id=model_id, feeder__isnull=False)
    of_node = {str(node): (str(mrid), name) for node, mrid, name in rows.values_list("mrid", *_FEEDER)}
    found = sorted(set(of_node.values()), key=lambda one: (one[1], one[0]))
    number = {feeder: n for n, feeder in enumerate(found)}
    of = [number[of_node[mrid]] if mrid in of_node else -1 for mrid in nodes]
    return Feeders(np.array(of, np.int32), [mrid for mrid, _ in found], [name for _, name in found])


_FEEDER = ("feeder__mrid", "feeder__name")


def newest_hosting(*, as_of: datetime) -> HostingRun | None:
    """The newest that was done by then."""
    rows = HostingRun.objects.filter(outcome=HostingOutcome.DONE, finished_at__lte=as_of)
    return rows.select_related("asked_by").first()


def newest_asked(*, as_of: datetime) -> HostingRun | None:
    """The newest, however far it is."""
    return HostingRun.objects.filter(as_of__lte=as_of).select_related("asked_by").first()


def hosting_document(run: HostingRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "as_of": run.as_of,
        "outcome": run.outcome,
        "outcome_label": HostingOutcome(run.outcome).label,
        "asked_by": run.asked_by.get_username() if run.asked_by else None,
        "options": run.options,
        "text": run.text,
        "progress": run.progress,
        "network_version": run.network_model_id,
        "state": run.state,
        "hours": run.hours,
        "seed": run.seed,
        "engine_version": run.engine_version,
        "finished_at": run.finished_at,
        "duration_ms": run.duration_ms,
    }


_LISTED = (
    "mrid", "name", "feeder_mrid", "feeder_name", "nominal_kv", "capacity_kw", "limit", "element_mrid", "element_name",
    "value", "allowed", "unit", "hour",
)  # fmt: skip


def hosting_nodes(run: HostingRun) -> list[dict[str, Any]]:
    """All of them, without their courses; those that take least first."""
    rows = run.nodes.order_by("capacity_kw", "name").values(*_LISTED)
    return [row | {"sentence": sentence(row["limit"], row["element_name"])} for row in rows]


def hosting_node(run: HostingRun, mrid: UUID) -> dict[str, Any] | None:
    row: HostingNode | None = run.nodes.filter(mrid=mrid).first()
    if row is None:
        return None
    told = {name: getattr(row, name) for name in _LISTED}
    return told | {"sentence": sentence(row.limit, row.element_name), "course": row.course}
