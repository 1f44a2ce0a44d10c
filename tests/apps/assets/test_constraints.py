"""The database itself refuses rows that cannot be."""

import math
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.assets.choices import ModelStatus
from apps.assets.models import (
    ACLineSegment,
    BatteryUnit,
    ConnectivityNode,
    EnergySource,
    GeneratingUnit,
    NetworkModel,
    OperationalLimit,
    PowerTransformer,
    Switch,
)

pytestmark = pytest.mark.django_db

GIVEN = {"source": "x", "name": "x", "schematic": False}


def refused(name: str):
    return pytest.raises(IntegrityError, match=name)


def test_two_versions_live_at_one_instant_are_refused(network: NetworkModel) -> None:
    start = network.live_from + timedelta(days=1)
    with refused("one_live_network_at_any_instant"), transaction.atomic():
        NetworkModel.objects.create(**GIVEN, imported_at=start, status=ModelStatus.RELEASED, live_from=start)


def test_versions_may_follow_each_other_without_a_gap(network: NetworkModel) -> None:
    start = network.live_from + timedelta(days=1)
    NetworkModel.objects.filter(pk=network.pk).update(live_until=start)
    NetworkModel.objects.create(**GIVEN, imported_at=start, status=ModelStatus.RELEASED, live_from=start)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"status": ModelStatus.RELEASED}, "network_released_has_an_interval"),
        ({"status": ModelStatus.DRAFT, "live_from": timezone.now()}, "network_released_has_an_interval"),
        ({"live_until": timezone.now()}, "network_live_until_after_live_from"),
        ({"status": ModelStatus.REJECTED}, "network_rejected_has_a_reason"),
    ],
)
def test_a_version_that_contradicts_itself_is_refused(db: None, changes: dict, name: str) -> None:
    with refused(name), transaction.atomic():
        NetworkModel.objects.create(**GIVEN, imported_at=timezone.now(), **changes)


@pytest.mark.parametrize(
    ("kind", "changes", "name"),
    [
        (ACLineSegment, {"length_km": -1}, "line_length"),
        (ACLineSegment, {"r_ohm": -0.1}, "line_r"),
        (ACLineSegment, {"r_ohm": 0, "x_ohm": 0}, "line_has_impedance"),
        (ACLineSegment, {"x_ohm": math.nan}, "line_has_impedance"),
        (ACLineSegment, {"rated_a": math.inf}, "line_rating"),
        (ACLineSegment, {"rated_a": math.nan}, "line_rating"),
        (PowerTransformer, {"rated_s_kva": 0}, "transformer_rating"),
        (PowerTransformer, {"short_circuit_voltage_percent": 0}, "transformer_uk"),
        (PowerTransformer, {"tap_min": 3, "tap_max": 2}, "transformer_tap_range"),
        (ConnectivityNode, {"nominal_kv": 0}, "node_kv"),
        (Switch, {"kind": "Lever"}, "switch_kind"),
        (GeneratingUnit, {"kind": "Treadmill"}, "generator_kind"),
        (GeneratingUnit, {"rated_s_kva": -1}, "generator_rating"),
        (EnergySource, {"voltage_pu": 0}, "source_voltage"),
        (OperationalLimit, {"low_pu": 1.2}, "operationallimit_low"),
    ],
)
def test_a_value_that_cannot_be_is_refused(network: NetworkModel, kind: type, changes: dict, name: str) -> None:
    row = kind.objects.filter(model=network).first()
    with refused(name), transaction.atomic():
        kind.objects.filter(pk=row.pk).update(**changes)


def test_a_battery_of_negative_capacity_is_refused(network: NetworkModel) -> None:
    node = ConnectivityNode.objects.filter(model=network).first()
    given = {"p_kw": 1, "q_kvar": 0, "rated_s_kva": 1, "capacity_kwh": -1}
    with refused("battery_capacity"), transaction.atomic():
        BatteryUnit.objects.create(model=network, mrid=uuid4(), name="b", index=0, node=node, **given)


@pytest.mark.parametrize(("field", "name"), [("mrid", "switch_one_per_mrid"), ("index", "switch_one_per_index")])
def test_an_element_stands_once_in_a_version(network: NetworkModel, field: str, name: str) -> None:
    switch = Switch.objects.get(model=network)
    switch.pk = None
    if field != "mrid":
        switch.mrid = uuid4()
    if field != "index":
        switch.index = 77
    with refused(name), transaction.atomic():
        switch.save(force_insert=True)


def test_a_line_from_a_node_to_itself_is_refused(network: NetworkModel) -> None:
    line = ACLineSegment.objects.filter(model=network).first()
    with refused("line_joins_two_nodes"), transaction.atomic():
        ACLineSegment.objects.filter(pk=line.pk).update(to_node=line.from_node_id)
