"""What the voltage desk shows, and who may set what it goes for."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import Feeder, NetworkModel, PowerTransformer
from apps.assets.selectors import assembled
from apps.dispatch.services.scenes import Live
from apps.optimization.choices import RunTrigger
from apps.optimization.models import VoltageSetting
from apps.optimization.selectors.operations import midnight_of
from apps.optimization.services import runs
from apps.telemetry.choices import ControlForm, ControlKind
from apps.telemetry.models import ControlPoint, MeasurementPoint, StateChange
from apps.telemetry.services.points import import_points
from tests.factories.banks import BANK_KVAR, bank_file
from tests.factories.grids import grid
from tests.factories.networks import imported
from tests.factories.scenes import base_of, live_of, switched_base
from tests.factories.solutions import solution_of

pytestmark = pytest.mark.django_db
URL = "/api/v1/optimization/voltage"
Get = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="module", autouse=True)
def _case_is_read() -> None:
    grid(str(bank_file()))


@pytest.fixture
def model() -> NetworkModel:
    return imported(bank_file())


@pytest.fixture
def live(model: NetworkModel) -> Live:
    """The first feeder's end is below its limit."""
    usual = base_of(model, heavy="A", factor=1.3)
    base = replace(usual, source_voltage_pu=np.full_like(usual.source_voltage_pu, 0.905))
    live = live_of(model, base, timezone.now())
    solution_of(live)
    return live


@pytest.fixture
def get() -> Get:
    client = signed_in("vic", Role.VIEWER)

    def got(path: str) -> dict[str, Any]:
        answer = client.get(f"{URL}{path}")
        assert answer.status_code == 200, answer.content
        return dict(answer.json())

    return got


def signed_in(name: str, role: Role) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(name, role=role))
    return client


def feeder(name: str = "F01") -> Feeder:
    return Feeder.objects.get(name__endswith=name)


def test_the_feeder_with_least_room_stands_first_and_names_its_worst_node(live: Live, get: Get) -> None:
    told = get("")
    assert [one["name"] for one in told["feeders"]] == ["Station F01", "Station F02"]
    first = told["feeders"][0]
    network, volts = live.scene.place.network, live.scene.before.voltage_pu
    at = network.nodes.position[first["low"]["mrid"]]
    assert first["low"]["pu"] == pytest.approx(volts[at], abs=1e-5)
    assert first["low"]["room_pu"] == pytest.approx(volts[at] - network.node.low_pu[at], abs=1e-5)
    assert first["low"]["name"] == "A4"
    assert first["beyond"] > 0
    assert (first["objective"], first["mode"], first["plan"]) == ("violations", None, None)


def test_the_profile_goes_along_the_lines_from_the_station(live: Live, get: Get) -> None:
    profile = get(f"/{feeder().mrid}")["profile"]
    km = dict(zip(profile["name"], profile["km"], strict=True))
    fed_from = {
        name: None if at is None else profile["name"][at]
        for name, at in zip(profile["name"], profile["fed_from"], strict=True)
    }
    assert km == {"A1": 1.5, "A2": 3.0, "A3": 4.5, "A4": 6.0, "Station": 0.0}
    assert [fed_from[name] for name in ("A1", "A2", "A3", "A4", "Station")] == ["Station", "A1", "A2", "A3", None]
    own = dict(zip(profile["name"], profile["is_own"], strict=True))
    assert (own["A1"], own["Station"]) == (True, False)
    volts = dict(zip(profile["name"], profile["pu"], strict=True))
    assert volts["Station"] > volts["A1"] > volts["A4"]


def test_load_that_another_feeder_has_taken_over_is_drawn_along_its_new_way(model: NetworkModel, get: Get) -> None:
    """The tie is closed and the last cable opened: the last node hangs on the other feeder now."""
    base = switched_base(model, {"Tie switch": True, "A4 cable switch": False})
    solution_of(live_of(model, base, timezone.now()))
    profile = get(f"/{feeder().mrid}")["profile"]
    km = dict(zip(profile["name"], profile["km"], strict=True))
    assert km["A4"] == 7.5
    assert km["B4"] == 6.0


def test_after_the_plan_the_profile_shows_what_the_moves_would_do(
    live: Live, get: Get, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "live_scene", lambda *, as_of: live)
    runs.carry_out(run_id=runs.begin_run(trigger=RunTrigger.ASKED, as_of=live.as_of).pk, clock=lambda: live.as_of)
    told = get(f"/{feeder().mrid}")
    rows = zip(told["profile"]["name"], told["profile"]["pu"], told["profile"]["planned_pu"], strict=True)
    volts = {name: (now, planned) for name, now, planned in rows}
    assert volts["A4"][1] > volts["A4"][0]
    assert volts["A4"][1] >= 0.9
    assert told["plan"]["moves"]
    assert told["proposals"][0]["title"] == "; ".join(told["plan"]["moves"])
    assert told["run"]["outcome"] == "done"
    assert [one["id"] for one in told["plans"]] == [told["plan"]["id"]]
    assert told["record"]["count"] == 0


def test_taps_and_capacitors_tell_their_day_from_the_stored_changes(live: Live, get: Get) -> None:
    unit = PowerTransformer.objects.get(name="T1")
    begin = midnight_of(timezone.now())
    changes = [(begin - timedelta(hours=1), 5, 0), (begin, 0, 1), (begin + timedelta(microseconds=1), 1, 3)]
    for at, previous, value in changes:
        moved(unit.mrid, at, previous=previous, value=value)
    devices = {device["name"]: device for device in get(f"/{feeder().mrid}")["devices"]}
    tap = devices["T1"]
    assert (tap["low"], tap["high"], tap["step"]) == (-9, 9, 1.5)
    assert (tap["began_with"], [one["value"] for one in tap["changes"]]) == (0.0, [1.0, 3.0])
    assert (tap["operations_today"], tap["most_per_day"]) == (3, 24)
    assert (tap["position"], tap["is_stale"]) == (None, True)
    bank = devices["Bank switch"]
    assert (bank["quantity"], bank["step"], bank["operations_today"]) == ("switch_state", BANK_KVAR, 0)


def moved(mrid: UUID, at: Any, *, previous: float, value: float) -> None:
    StateChange.objects.create(
        at=at,
        received_at=at,
        point_id=1,
        point_name="T1",
        equipment_mrid=mrid,
        quantity="tap_position",
        previous=previous,
        value=value,
        quality=0,
    )


def test_meters_stand_beside_the_estimate_with_their_quality(live: Live, get: Get) -> None:
    network = assembled(live.model)
    node = network.nodes.mrid[network.nodes.name.index("A2")]
    header = "mrid,name,equipment_mrid,side,quantity,unit,common_address,ioa,asdu_type,scale,deadband,sigma\n"
    row = f"{uuid4()},A2 voltage,{node},,voltage,kV,1,1,M_ME_TF_1,1,0,0.05\n"
    import_points(gateway_name="field", rows=iter([header, row]))
    assert MeasurementPoint.objects.count() == 1
    told = get(f"/{feeder().mrid}")
    (point,) = told["points"]
    assert told["profile"]["name"][point["place"]] == "A2"
    assert (point["pu"], point["is_stale"], point["is_usable"]) == (None, True, False)
    assert point["sigma_pu"] == pytest.approx(0.05 / 20)


def test_a_device_that_takes_no_orders_is_told_where_others_do(live: Live, get: Get) -> None:
    assert {device["name"]: device["may_move"] for device in get(f"/{feeder().mrid}")["devices"]} == {
        "T1": True,
        "Bank switch": True,
    }
    unit = PowerTransformer.objects.get(name="T1").mrid
    header = "mrid,name,equipment_mrid,side,quantity,unit,common_address,ioa,asdu_type,scale,deadband,sigma\n"
    import_points(
        gateway_name="field", rows=iter([header, f"{uuid4()},T1 tap,{unit},,tap_position,,1,1,M_ST_TB_1,1,0,0\n"])
    )
    ControlPoint.objects.create(
        point=MeasurementPoint.objects.get(), kind=ControlKind.STEP, form=ControlForm.STEP, address="1/9"
    )
    may = {device["name"]: device["may_move"] for device in get(f"/{feeder().mrid}")["devices"]}
    assert may == {"T1": True, "Bank switch": False}


def test_an_aim_is_set_by_who_may_with_a_reason(live: Live, get: Get) -> None:
    url = f"{URL}/{feeder().mrid}/setting"
    body = {"objective": "cvr", "most_operations_per_day": 8, "reason": "A hot day is forecast."}
    put = {"content_type": "application/json"}
    assert signed_in("olga", Role.OPERATOR).put(url, body, **put).status_code == 403
    sam = signed_in("sam", Role.SUPERVISOR)
    refused = sam.put(url, {"objective": "cheap", "most_operations_per_day": -1}, **put)
    assert refused.status_code == 400
    assert set(refused.json()) == {"objective", "most_operations_per_day", "reason"}
    told = sam.put(url, body, **put)
    assert (told.status_code, told.json()["set_by"]) == (200, "sam")
    assert VoltageSetting.objects.get().objective == "cvr"
    assert get(f"/{feeder().mrid}")["setting"] == told.json()
    assert get("")["feeders"][0]["objective"] == "cvr"
    gone = sam.put(f"{URL}/{uuid4()}/setting", body, **put)
    assert gone.status_code == 409
    assert "No feeder of the live network" in gone.json()["detail"]


def test_without_a_state_the_list_is_empty_and_a_feeder_is_not_found(model: NetworkModel, get: Get) -> None:
    assert get("")["feeders"] == []
    answer = signed_in("olga", Role.OPERATOR).get(f"{URL}/{feeder().mrid}")
    assert answer.status_code == 404
    assert "no state of it is known" in answer.json()["detail"]


def test_the_profile_of_a_dark_feeder_has_no_voltages(model: NetworkModel, get: Get) -> None:
    base = switched_base(model, {"A1 cable switch": False})
    solution_of(live_of(model, base, timezone.now()))
    told = get(f"/{feeder().mrid}")
    assert told["feeder"]["known"] == 0
    assert np.all([pu is None for pu, own in zip(told["profile"]["pu"], told["profile"]["is_own"], strict=True) if own])
    assert get("")["feeders"][-1]["name"] == "Station F01"
