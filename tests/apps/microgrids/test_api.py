"""Microgrids over HTTP: who may do what, and what bad input is told."""

from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.microgrids.models import Microgrid
from tests.factories.microgrids import BATTERY, COUPLING, ISLANDED, make_network, mrid_of, told_microgrid

pytestmark = pytest.mark.django_db
API = "/api/v1/microgrids"


def signed_in(role: Role) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(role.value, role=role))
    return client


def test_the_list_tells_mode_charge_and_load_by_priority() -> None:
    told_microgrid(ISLANDED, at=timezone.now())
    (one,) = signed_in(Role.VIEWER).get(API).json()["microgrids"]
    assert (one["name"], one["mode"], one["coupling_closed"], one["exchange_kw"]) == ("Harbour", "islanded", False, 0.0)
    assert one["soc_kwh"] == pytest.approx(600.0)
    assert [load["kw"] for load in one["load_kw"]] == [55.0, 45.0, 70.0]
    assert one["hours_alone"] is None
    assert one["remarks"] == []


def test_a_page_says_how_each_value_is_known() -> None:
    microgrid = told_microgrid(at=timezone.now())
    page = signed_in(Role.VIEWER).get(f"{API}/{microgrid.mrid}").json()
    battery = next(one for one in page["members"] if one["name"] == BATTERY)
    assert (battery["p_kw"]["value"], battery["p_kw"]["known"], battery["soc_kwh"]) == (40.0, "measured", 600.0)
    assert page["coupling"]["name"] == COUPLING
    assert page["readings"]["frequency_hz"]["value"] == 50.0


def test_unknown_is_null_and_is_told() -> None:
    client = signed_in(Role.ENGINEER)
    make_network()
    body = {"name": "Harbour", "coupling_switch_mrid": str(mrid_of(COUPLING))}
    page = client.post(API, body, "application/json").json()
    assert (page["mode"], page["coupling_closed"], page["soc_kwh"]) == (None, None, None)
    assert any("controller is not heard" in text for text in page["remarks"])


def test_a_preview_stores_nothing() -> None:
    make_network()
    body = {"coupling_switch_mrid": str(mrid_of(COUPLING))}
    client = signed_in(Role.ENGINEER)
    found = client.post(f"{API}/preview", body, "application/json")
    assert found.status_code == 200
    assert (len(found.json()["members"]), found.json()["forming_mrid"]) == (6, str(mrid_of(BATTERY)))
    assert not Microgrid.objects.exists()
    refused = client.post(f"{API}/preview", {"coupling_switch_mrid": str(uuid4())}, "application/json")
    assert refused.status_code == 409
    assert "no such switch" in refused.json()["detail"]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR])
def test_who_may_not_manage_microgrids_is_refused(role: Role) -> None:
    microgrid = told_microgrid(at=timezone.now())
    client = signed_in(role)
    body = {"name": "Other", "coupling_switch_mrid": str(mrid_of(COUPLING))}
    assert client.post(API, body, "application/json").status_code == 403
    assert client.patch(f"{API}/{microgrid.mrid}", {"version": 1}, "application/json").status_code == 403


def test_a_change_names_the_version_it_saw() -> None:
    microgrid = told_microgrid(at=timezone.now())
    client, works = signed_in(Role.ENGINEER), str(mrid_of("Harbour works"))
    body = {"version": 1, "note": "By the harbour.", "members": [{"element_mrid": works, "priority": 2}]}
    changed = client.patch(f"{API}/{microgrid.mrid}", body, "application/json")
    assert changed.status_code == 200
    assert (changed.json()["version"], changed.json()["note"]) == (2, "By the harbour.")
    again = client.patch(f"{API}/{microgrid.mrid}", body, "application/json")
    assert again.status_code == 409
    assert "read it again" in again.json()["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "version"),
        ({"version": 1, "members": [{"element_mrid": "x"}]}, "members"),
        ({"version": 1, "members": [{"element_mrid": str(uuid4()), "priority": 7}]}, "members"),
        ({"version": 1, "members": [{"element_mrid": str(uuid4()), "least_kw": -1}]}, "members"),
        ({"version": 1, "name": ""}, "name"),
    ],
)
def test_bad_input_names_the_field(body: dict[str, object], field: str) -> None:
    microgrid = told_microgrid(at=timezone.now())
    answer = signed_in(Role.ENGINEER).patch(f"{API}/{microgrid.mrid}", body, "application/json")
    assert answer.status_code == 400
    assert field in answer.json()


def test_one_that_is_not_there_is_not_found() -> None:
    assert signed_in(Role.ENGINEER).get(f"{API}/{uuid4()}").status_code == 404
