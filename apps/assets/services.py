from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import Model

from apps.accounts.models import User
from apps.assets.adapters import CaseRows, case_digest, network_model, read_case
from apps.assets.models import NetworkModel
from apps.audit import services as audit

_IMPORT_LOCK = 0x41_53_53_45
_BATCH = 2000

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Import:
    model: NetworkModel
    changed: bool


def import_network(
    *, source: str, cache_dir: Path, as_of: datetime, replace: bool = False, actor: User | None = None
) -> Import:
    case = read_case(source, cache_dir)  # CaseError leaves everything as it is
    with transaction.atomic():
        _one_import_at_a_time()
        known = NetworkModel.objects.filter(digest=case_digest(case)).first()
        if known and known.is_current:
            return Import(known, changed=False)
        NetworkModel.objects.current().update(is_current=False)
        if known:
            model = _make_current(known)
        else:
            model = network_model(case, imported_at=as_of)
            model.save()
            _store(CaseRows(case, model))
        removed = _remove_others(model) if replace else 0
        detail = {"source": source, "counts": model.counts, "digest": model.digest, "versions_removed": removed}
        audit.record(actor=actor, action="network.imported", target=str(model), detail=detail, at=as_of)
    return Import(model, changed=True)


def _one_import_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_IMPORT_LOCK])


def _make_current(model: NetworkModel) -> NetworkModel:
    model.is_current = True
    model.save(update_fields=["is_current"])
    return model


def _store(rows: CaseRows) -> None:
    substations, limits, profiles = _insert(rows.substations()), _insert(rows.limits()), _insert(rows.profiles())
    feeders = _insert(rows.feeders(substations))
    nodes = _insert(rows.nodes(substations, feeders, limits))
    node_keys = {str(node.mrid): node.pk for node in nodes}
    profile_keys = {profile.name: profile.pk for profile in profiles}
    consumers = _insert(rows.consumers(node_keys, profile_keys))
    rows.model.counts = {
        "Substation": len(substations),
        "Feeder": len(feeders),
        "ConnectivityNode": sum(not node.is_terminal for node in nodes),
        "TerminalNode": sum(node.is_terminal for node in nodes),
        "ACLineSegment": len(_insert(rows.lines(feeders, node_keys))),
        "PowerTransformer": len(_insert(rows.transformers(substations, node_keys))),
        "Switch": len(_insert(rows.switches(substations, node_keys))),
        "EnergySource": len(_insert(rows.sources(node_keys))),
        "EnergyConsumer": len(consumers),
        "GeneratingUnit": len(_insert(rows.generators(node_keys, profile_keys))),
        "BatteryUnit": len(_insert(rows.batteries(node_keys, profile_keys))),
        "LinearShuntCompensator": len(_insert(rows.shunts(node_keys))),
        "LoadProfile": len(profiles),
        "Customers": sum(consumer.customers for consumer in consumers),
    }
    rows.model.save(update_fields=["counts"])


def _insert(rows: Sequence[Row]) -> list[Row]:
    if not rows:
        return []
    created: list[Row] = type(rows[0])._default_manager.bulk_create(rows, batch_size=_BATCH)
    return created


def _remove_others(model: NetworkModel) -> int:
    others = NetworkModel.objects.exclude(pk=model.pk)
    count = others.count()
    others.delete()
    return count
