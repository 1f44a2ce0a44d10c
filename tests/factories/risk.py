"""A small city with weather ahead and behind, and outages on record."""

from datetime import datetime, timedelta
from uuid import uuid4

import numpy as np

from apps.assets.models import ACLineSegment, ConnectivityNode, NetworkModel
from apps.assets.services import import_network
from apps.state.choices import OutageCause, OutageSource
from apps.state.models import Outage
from apps.weather.choices import DataKind, Variable
from apps.weather.models import Location
from tests.factories import weather
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir


def make_city(as_of: datetime) -> NetworkModel:
    import_network(source=MEDIUM_VOLTAGE, cache_dir=cache_dir(), as_of=as_of)
    return NetworkModel.objects.get()


def airport(model: NetworkModel) -> Location:
    node = ConnectivityNode.objects.filter(model=model).order_by("index")[0]
    return weather.location("Airport", node.latitude, node.longitude)


def forecast(place: Location, issued_at: datetime, gusts: list[float]) -> None:
    begin = issued_at.replace(minute=0, second=0, microsecond=0)
    rows = {
        Variable.GUST_M_S: gusts,
        Variable.PRECIPITATION_MM: [0.0] * len(gusts),
        Variable.TEMPERATURE_C: [12.0] * len(gusts),
    }
    for variable, values in rows.items():
        weather.run(place, issued_at, values, starts_at=begin, variable=variable)


def measured(place: Location, begin: datetime, gusts: np.ndarray) -> None:
    end = begin + timedelta(hours=len(gusts))
    weather.run(place, end, gusts.tolist(), starts_at=begin, variable=Variable.GUST_M_S, data_kind=DataKind.OBSERVATION)


def outage(line: ACLineSegment, began_at: datetime) -> Outage:
    return Outage.objects.create(
        mrid=uuid4(),
        source=OutageSource.FILE,
        equipment_mrid=line.mrid,
        equipment_name=line.name,
        feeder_mrid=line.feeder.mrid if line.feeder else None,
        cause=OutageCause.WEATHER,
        began_at=began_at,
        ended_at=began_at + timedelta(hours=2),
    )
