from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model

from apps.assets.adapters import CaseRows
from apps.assets.models import Feeder, LoadProfile, OperationalLimit, Substation
from apps.assets.rules import CLASSES

_VERSIONS_LOCK = 0x41_53_53_45
_BATCH = 2000

Row = TypeVar("Row", bound=Model)


def one_at_a_time() -> None:
    """Versions are made and put live one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_VERSIONS_LOCK])


def store(rows: CaseRows, *, profiles: Sequence[LoadProfile] | None = None) -> None:
    """All rows of a version that has none yet; `profiles` are those it has already."""
    substations, limits = _insert(rows.substations()), _insert(rows.limits())
    profiles = _insert(rows.profiles()) if profiles is None else profiles
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


def store_anew(rows: CaseRows) -> None:
    """In place of what an edited version holds: order, buses, feeders and stations follow from its elements."""
    kinds: list[type[Any]] = [*(spec.model for spec in reversed(CLASSES)), Feeder, Substation, OperationalLimit]
    for kind in kinds:
        # Nothing outside the version points to its rows, and what is inside goes in this order.
        kind._default_manager.filter(model=rows.model)._raw_delete(kind._default_manager.db)
    store(rows, profiles=list(LoadProfile.objects.filter(model=rows.model).defer("values_p", "values_q")))


def _insert(rows: Sequence[Row]) -> list[Row]:
    if not rows:
        return []
    created: list[Row] = type(rows[0])._default_manager.bulk_create(rows, batch_size=_BATCH)
    return created
