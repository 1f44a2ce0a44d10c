"""The diagram of a substation or a feeder, as it is sent: kept for the version it was drawn from."""

import gzip
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from apps.assets.adapters.diagram import Picture, picture
from apps.assets.adapters.diagram_document import feeder_document, station_document
from apps.assets.models import NetworkModel

_KEPT = 64


@dataclass(frozen=True, slots=True)
class Diagram:
    class_name: str
    name: str
    document: bytes
    compressed: bytes


def diagram(*, model: NetworkModel, mrid: UUID) -> Diagram | None:
    """None where the model has neither a substation nor a feeder of that mrid."""
    return _diagram(model.pk, model.revision, str(mrid))


# What a version holds moves with its revision only, so that both are enough to remember it by.
@lru_cache(maxsize=1)
def _picture(model_id: int, revision: int) -> Picture:
    return picture(model_id)


@lru_cache(maxsize=_KEPT)
def _diagram(model_id: int, revision: int, mrid: str) -> Diagram | None:
    of = _picture(model_id, revision)
    station, feeder = of.stations.position.get(mrid), of.feeders.position.get(mrid)
    if station is not None:
        return _sent(model_id, mrid, "Substation", of.stations.name[station], station_document(of, station))
    if feeder is not None:
        return _sent(model_id, mrid, "Feeder", of.feeders.name[feeder], feeder_document(of, feeder))
    return None


def _sent(model_id: int, mrid: str, class_name: str, name: str, drawn: dict[str, Any]) -> Diagram:
    document = {"model_version": model_id, "mrid": mrid, "class": class_name, "name": name, **drawn}
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    return Diagram(class_name, name, text, gzip.compress(text, 6, mtime=0))
