"""Voltages of each phase, from the simulated meters of an unbalanced feeder to the API."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandapower as pp
import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets import selectors as assets
from apps.assets.adapters import AssembledNetwork
from apps.state.services import phases
from tests.factories.field import make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir
from tests.factories.villages import per_phase, village, village_file

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return village_file(tmp_path_factory.mktemp("village"))


@pytest.fixture
def client() -> Client:
    found = Client()
    found.force_login(User.objects.create_user("otto", password="a long enough password", role=Role.OPERATOR))
    return found


def network() -> AssembledNetwork:
    model = assets.current_model()
    assert model is not None
    return assets.assembled(model)


def asked(client: Client, mrid: str) -> dict[str, Any]:
    answer = client.get(f"/api/v1/state/elements/{mrid}")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_the_phases_of_a_node_lie_about_its_estimate_as_in_an_independent_power_flow(
    source: Path, client: Client
) -> None:
    make_room(str(source), cache_dir(), started_at=NOON).step(NOON)
    net = village()
    pp.runpp_3ph(net, numba=False, tolerance_mva=1e-10)
    expected = per_phase(net.res_bus_3ph, "vm_{}_pu")
    for node, mrid in enumerate(network().nodes.mrid):
        found = asked(client, mrid)
        assert [one["phase"] for one in found["phases"]] == ["A", "B", "C"]
        assert {one["provenance"] for one in found["phases"]} == {"pseudo"}
        voltage = np.array([one["voltage_pu"] for one in found["phases"]])
        (estimated,) = [one["value"] for one in found["values"] if one["unit"] == "pu"]
        assert voltage.mean() == pytest.approx(estimated, abs=0.005)
        # The field's loads wander about those of the file.
        np.testing.assert_allclose(voltage, expected[node], atol=0.025)
        if np.ptp(expected[node]) > 0.02:
            assert np.argsort(voltage).tolist() == np.argsort(expected[node]).tolist()
            assert found["voltage_unbalance_percent"] > 0.05
        assert found["phases_basis"] == phases.BASIS


def test_a_line_and_a_past_instant_have_no_phases(source: Path, client: Client) -> None:
    make_room(str(source), cache_dir(), started_at=NOON).step(NOON)
    line = network().lines.mrid[0]
    assert asked(client, line)["phases"] == []
    past = asked(client, f"{network().nodes.mrid[0]}?at={NOON.isoformat().replace('+', '%2B')}")
    assert past["phases"] == []


def test_before_the_first_scan_the_reason_is_told(source: Path, client: Client) -> None:
    make_room(str(source), cache_dir(), started_at=NOON)
    found = asked(client, network().nodes.mrid[0])
    assert found["phases"] == []
    assert "no scan" in found["phases_basis"]


def test_a_network_without_phases_has_none(client: Client) -> None:
    make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=NOON).step(NOON)
    found = asked(client, network().nodes.mrid[0])
    assert (found["phases"], found["voltage_unbalance_percent"], found["phases_basis"]) == ([], None, "")
