"""Which nodes a microgrid keeps alive while it stands apart from the grid."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from apps.assets import selectors as assets
from apps.assets.adapters import AssembledNetwork
from apps.microgrids.adapters.parts import island_of
from apps.microgrids.choices.microgrid import FieldQuantity
from apps.microgrids.models import Microgrid
from apps.microgrids.rules.living import Evidence, lives
from apps.microgrids.selectors.points import Heard, heard, per_unit
from apps.telemetry import selectors as telemetry
from apps.telemetry.choices import Quantity
from apps.telemetry.models import MeasurementPoint

OPEN, CLOSED = 0.0, 1.0


def living_nodes(*, as_of: datetime) -> Mapping[str, str]:
    """By mRID of the node: the name of the microgrid that feeds it."""
    microgrids = list(Microgrid.objects.active())
    if not microgrids:
        return {}
    told = heard(
        [mrid for one in microgrids for mrid in (one.coupling_switch_mrid, one.forming_mrid)],
        controller_id=None,
        as_of=as_of,
    )
    alive = [one for one in microgrids if lives(_evidence(one, told), as_of=as_of)]
    model = assets.model_at(as_of) if alive else None
    if model is None:
        return {}
    network = assets.assembled(model)
    closed = _closed_now(network, as_of)
    return {mrid: one.name for one in alive for mrid in _nodes(one, network, closed)}


def _evidence(microgrid: Microgrid, told: Heard) -> Evidence:
    mode = told.first((microgrid.forming_mrid, microgrid.coupling_switch_mrid), FieldQuantity.MODE)
    return Evidence(
        coupling=told.reading(microgrid.coupling_switch_mrid, FieldQuantity.SWITCH_STATE),
        mode=mode,
        frequency_hz=told.reading(microgrid.forming_mrid, FieldQuantity.FREQUENCY),
        voltage_pu=per_unit(told.told(microgrid.forming_mrid, FieldQuantity.VOLTAGE), None),
    )


def _closed_now(network: AssembledNetwork, as_of: datetime) -> np.ndarray:
    """As the switches tell; those that do not stand as normal."""
    closed = network.normal_closed.copy()
    points = MeasurementPoint.objects.filter(quantity=Quantity.SWITCH_STATE, gateway__is_enabled=True)
    for told in telemetry.point_values(list(points), as_of=as_of):
        place = network.switches.position.get(str(told.point.equipment_mrid))
        if place is not None and told.value in (OPEN, CLOSED):
            closed[place] = told.value == CLOSED
    return closed


def _nodes(microgrid: Microgrid, network: AssembledNetwork, closed: np.ndarray) -> Sequence[str]:
    node = network.node_at(str(microgrid.forming_mrid))
    return () if node is None else [network.nodes.mrid[n] for n in island_of(network, closed, node)]
