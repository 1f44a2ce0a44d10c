from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Case, CharField, F, IntegerField, Model, QuerySet, Value, When
from django.db.models.functions import Coalesce

from apps.assets.models import (
    ACLineSegment,
    BatteryUnit,
    ConnectivityNode,
    EnergyConsumer,
    EnergySource,
    Feeder,
    GeneratingUnit,
    LinearShuntCompensator,
    NetworkModel,
    PowerTransformer,
    Substation,
    Switch,
)

SEARCH_LIMIT: Final = 20

# Per class: its word (a field where the rows differ), then where its own station and its feeder are found.
_PLACES: Final[dict[type[Model], tuple[str, str, str]]] = {
    Substation: ("", "", ""),
    Feeder: ("", "substation", ""),
    ConnectivityNode: ("", "substation", "feeder"),
    PowerTransformer: ("", "substation", "high_node__feeder"),
    ACLineSegment: ("", "", "feeder"),
    Switch: ("kind", "substation", "from_node__feeder"),
    EnergySource: ("", "node__substation", "node__feeder"),
    EnergyConsumer: ("", "node__substation", "node__feeder"),
    GeneratingUnit: ("kind", "node__substation", "node__feeder"),
    BatteryUnit: ("", "node__substation", "node__feeder"),
    LinearShuntCompensator: ("", "node__substation", "node__feeder"),
}
Rows = QuerySet[Any, Any]
_COLUMNS: Final = ("mrid", "name", "class_name", "station_name", "feeder_name")


@dataclass(frozen=True, slots=True)
class Element:
    mrid: str
    class_name: str
    name: str
    substation: str
    feeder: str

    @property
    def path(self) -> str:
        return " / ".join(filter(None, (self.substation, self.feeder, self.name)))


def element(*, model: NetworkModel, mrid: str) -> Element | None:
    return elements(model=model, mrids=[mrid]).get(str(mrid))


def elements(*, model: NetworkModel, mrids: Iterable[str]) -> dict[str, Element]:
    """By mrid; unknown ones and those that are not UUIDs are missing."""
    wanted = list(filter(None, map(_uuid, mrids)))
    parts = [_described(kind, model).filter(mrid__in=wanted).values_list(*_COLUMNS) for kind in _PLACES]
    return {str(row[0]): _element(row) for row in parts[0].union(*parts[1:], all=True)}


def search(*, model: NetworkModel, text: str, limit: int = SEARCH_LIMIT) -> list[Element]:
    """Names that contain the text; those equal to it first, then those that begin with it, then the shortest."""
    text = text.strip().replace("\x00", "")
    if not text:
        return []
    parts = [_matches(kind, model, text)[: 5 * limit] for kind in _PLACES]
    rows = list(parts[0].union(*parts[1:], all=True).order_by("rank", "name")[:limit])
    return [_element(row) for row in rows]


def _matches(kind: type[Model], model: NetworkModel, text: str) -> Rows:
    rows = _described(kind, model).filter(name__icontains=text)
    if kind is ConnectivityNode:
        rows = rows.filter(is_terminal=False)
    rank = Case(
        When(name__iexact=text, then=0), When(name__istartswith=text, then=1), default=2, output_field=IntegerField()
    )
    found: Rows = rows.annotate(rank=rank).order_by("rank", "name").values_list(*_COLUMNS, "rank")
    return found


def _described(kind: type[Model], model: NetworkModel) -> Rows:
    word, station, feeder = _PLACES[kind]
    stations = [f"{station}__name"] if station else []
    stations += [f"{feeder}__substation__name"] if feeder else []
    found: Rows = kind._default_manager.filter(model=model).annotate(
        class_name=F(word) if word else Value(kind.__name__, output_field=CharField()),
        station_name=Coalesce(*stations, Value(""), Value("")) if stations else Value("", output_field=CharField()),
        feeder_name=F(f"{feeder}__name") if feeder else Value("", output_field=CharField()),
    )
    return found


def _element(row: tuple[Any, ...]) -> Element:
    mrid, name, class_name, station, feeder = row[:5]
    return Element(str(mrid), class_name, name, station or "", feeder or "")


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(str(text))
    except ValueError:
        return None
