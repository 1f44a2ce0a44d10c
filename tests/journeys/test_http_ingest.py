from datetime import timedelta
from uuid import uuid4

import pytest

from tests.journeys.meters import Meter, Sender, install, sample
from tests.journeys.site import Site
from tests.waiting import eventually


@pytest.fixture(scope="module")
def sender(site: Site) -> Sender:
    return Sender(site)


@pytest.fixture(scope="module")
def meter(site: Site) -> Meter:
    """At a busbar, where people look."""
    nodes = site.person("engineer").read("/api/v1/network/geometry")["nodes"]
    busbar = next(mrid for mrid, kv in zip(nodes["mrid"], nodes["kv"], strict=True) if kv == 10)
    return install(site, "pushed", [busbar])[0]


def test_a_pushed_sample_is_stored_shown_and_told_apart_from_the_field(
    site: Site, sender: Sender, meter: Meter
) -> None:
    viewer = site.person("viewer")
    at = sender.instant()
    answer = sender.send([sample(meter, at, 10.0123)], key=str(uuid4()))
    assert (answer.status_code, answer.json()) == (201, {"accepted": 1, "duplicates": 0, "late": 0})
    point = next(
        one for one in viewer.read("/api/v1/telemetry/points", equipment=meter.equipment) if one["mrid"] == meter.mrid
    )
    window = {"from": (at - timedelta(minutes=1)).isoformat(), "to": (at + timedelta(minutes=1)).isoformat()}
    series = viewer.read(f"/api/v1/telemetry/points/{point['id']}/samples", **window)
    assert series["unit"] == "kV"
    assert series["mean"] == [10.0123]
    assert series["t"] == [pytest.approx(at.timestamp(), abs=1e-5)]
    shown = next(
        one for one in viewer.read(f"/api/v1/state/elements/{meter.equipment}")["points"] if one["mrid"] == meter.mrid
    )
    assert (shown["value"], shown["quality"]) == (10.0123, 0)


def test_the_same_request_twice_is_stored_once_and_answered_alike(site: Site, sender: Sender, meter: Meter) -> None:
    samples, key = [sample(meter, sender.instant(), 10.1)], str(uuid4())
    first, again = sender.send(samples, key=key), sender.send(samples, key=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json() == {"accepted": 1, "duplicates": 0, "late": 0}
    under_another_key = sender.send(samples, key=str(uuid4()))
    assert under_another_key.json() == {"accepted": 0, "duplicates": 1, "late": 0}


def test_a_key_does_not_serve_two_bodies(sender: Sender, meter: Meter) -> None:
    key = str(uuid4())
    assert sender.send([sample(meter, sender.instant(), 10.1)], key=key).status_code == 201
    refused = sender.send([sample(meter, sender.instant(), 10.2)], key=key)
    assert refused.status_code == 422
    assert "new key" in refused.json()["detail"]


def test_one_unknown_point_refuses_the_whole_request(site: Site, sender: Sender, meter: Meter) -> None:
    at = sender.instant()
    stranger = Meter(str(uuid4()), "nobody", str(uuid4()))
    refused = sender.send([sample(meter, at, 9.9), sample(stranger, at, 1.0)], key=str(uuid4()))
    assert refused.status_code == 400
    assert "samples[1].point" in refused.json()
    repeated = sender.send([sample(meter, at, 9.9)], key=str(uuid4()))
    assert repeated.json()["accepted"] == 1, "nothing of the refused request was stored"


@pytest.mark.parametrize("body", [{}, {"samples": []}, {"samples": [{"point": "x", "at": "then", "value": "many"}]}])
def test_a_body_that_makes_no_sense_is_refused_with_the_reason(sender: Sender, body: dict[str, object]) -> None:
    headers = {"Authorization": f"Bearer {sender.token}", "Idempotency-Key": str(uuid4())}
    url = f"{sender.site.url}/api/v1/telemetry/samples"
    refused = sender.session.post(url, json=body, headers=headers, timeout=8)
    assert refused.status_code == 400
    assert refused.json()


def test_without_a_valid_token_nothing_is_taken(site: Site, sender: Sender, meter: Meter) -> None:
    answer = sender.send([sample(meter, sender.instant(), 10.0)], key=str(uuid4()), token="gop_00000000_nonsense")
    assert answer.status_code == 401
    operator = site.person("operator").post(
        "/api/v1/telemetry/samples", {"samples": [sample(meter, sender.instant(), 10.0)]}
    )
    assert operator.status_code == 401, "it is a door for devices"


def test_a_token_serves_its_scope_alone(sender: Sender) -> None:
    headers = {"Authorization": f"Bearer {sender.token}"}
    assert sender.session.get(f"{sender.site.url}/api/v1/state/latest", headers=headers, timeout=8).status_code == 403


def test_a_gateway_that_pushes_has_a_link_and_may_be_silent(site: Site, meter: Meter) -> None:
    viewer = site.person("viewer")
    eventually(
        lambda: (
            {"field", "pushed"} <= {link["name"] for link in viewer.read("/api/v1/state/latest")["system"]["links"]}
        ),
        patience_s=20,
        what="both links are told",
    )
    assert not [alarm for alarm in viewer.read("/api/v1/alarms")["alarms"] if "pushed" in alarm["equipment_name"]]
