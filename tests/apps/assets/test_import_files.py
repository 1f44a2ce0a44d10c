"""Networks of other formats from the file to the stored rows and the voltages of the engine."""

import json
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from apps.assets.adapters import AssembledNetwork, network_arrays, stored_case
from apps.assets.models import ACLineSegment, Substation
from apps.assets.selectors.drawing import geometry_document
from gridops.engine.network.topology import resolve
from gridops.engine.powerflow.solver import PowerFlow
from tests.cases.cgmes.writer import equipment, folder, uid
from tests.cases.geojson.test_network import city, written
from tests.factories.networks import imported
from tests.factories.shared_data import shared_file

pytestmark = pytest.mark.django_db


def voltages(arrays: AssembledNetwork) -> dict[str, float]:
    network = arrays.network
    result = PowerFlow(network, resolve(network, arrays.normal_closed)).solve(
        p_kw=arrays.injection.p_kw,
        q_kvar=arrays.injection.q_kvar,
        tap_position=arrays.normal_tap,
        source_voltage_pu=arrays.source_voltage_pu,
        source_angle_deg=arrays.source_angle_deg,
    )
    assert result.converged
    return dict(zip(arrays.nodes.name, result.voltage_pu.tolist(), strict=True))


def test_ieee_14_in_cgmes_is_stored_and_solved_to_its_published_voltages() -> None:
    model = imported(f"cgmes:{shared_file('cgmes/create_ieee14.zip')}")
    found = voltages(network_arrays(model))
    assert (min(found.values()), max(found.values())) == pytest.approx((1.010, 1.090), abs=1e-6)


def test_four_substations_in_cgmes_are_stored_with_their_switches() -> None:
    model = imported(f"cgmes:{shared_file('cgmes/create_four_substations_node_breaker_network.zip')}")
    arrays = network_arrays(model)
    found = voltages(arrays)
    assert found["S2VL1_BBS"] == pytest.approx(408.847 / 400, abs=1e-5)
    assert len(arrays.normal_closed) == 59
    assert np.flatnonzero(~arrays.node.is_terminal).max() < arrays.n_display_nodes


def test_a_substation_keeps_its_mrid(tmp_path: Path) -> None:
    model = imported(folder(tmp_path / "grid"))
    assert str(Substation.objects.get(model=model).mrid) == uid("north")


def test_a_missing_boundary_is_one_plain_sentence(tmp_path: Path) -> None:
    without = {name: thing for name, thing in equipment().items() if name != "bv20"}
    with pytest.raises(CommandError, match=rf"{uid('bv20')}: is in none of the files.*EQBD"):
        call_command("import_network", folder(tmp_path / "grid", without))


def test_the_course_of_a_line_reaches_the_map(tmp_path: Path) -> None:
    model = imported(written(tmp_path, city()))
    course = [[13.4002, 52.5], [13.41, 52.505], [13.42, 52.51]]
    assert ACLineSegment.objects.get(model=model).path == course
    assert json.loads(json.dumps(geometry_document(model)))["paths"] == {"0": course}
    assert [list(place) for place in stored_case(model).lines[0].path] == course
