"""Diagrams and the wall, in a browser and without one."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.accounts.choices import Permission, Role, Theme
from apps.accounts.models import User
from apps.accounts.services import issue_token
from apps.assets.models import ACLineSegment, ConnectivityNode, Feeder, NetworkModel, Substation, Switch
from tests.factories.grids import MEDIUM_VOLTAGE
from tests.factories.networks import imported

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def network(db: None) -> NetworkModel:
    return imported(MEDIUM_VOLTAGE)


@pytest.fixture
def vera() -> User:
    return User.objects.create_user("vera", role=Role.VIEWER, theme=Theme.DARK)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_every_substation_and_feeder_has_a_diagram_and_nothing_else(network: NetworkModel, vera: User) -> None:
    client = client_of(vera)
    for place in [*Substation.objects.filter(model=network), *Feeder.objects.filter(model=network)]:
        document = client.get(f"/api/v1/network/diagrams/{place.mrid}").json()
        assert document["model_version"] == network.pk
        assert document["name"] == place.name
        assert document["symbols"]
        assert client.get(f"/diagrams/{place.mrid}/").status_code == 200
    line = ACLineSegment.objects.filter(model=network).earliest("index")
    refused = client.get(f"/api/v1/network/diagrams/{line.mrid}")
    assert refused.status_code == 404
    assert "substation nor a feeder" in refused.json()["detail"]


def test_a_diagram_is_not_sent_twice(network: NetworkModel, vera: User) -> None:
    client = client_of(vera)
    url = f"/api/v1/network/diagrams/{Substation.objects.filter(model=network).earliest('index').mrid}"
    etag = client.get(url)["ETag"]
    assert client.get(url, headers={"if-none-match": etag}).status_code == 304


def test_an_element_leads_to_the_diagram_it_is_in(network: NetworkModel, vera: User) -> None:
    line = ACLineSegment.objects.filter(model=network, feeder__isnull=False).earliest("index")
    assert line.feeder
    answer = client_of(vera).get(f"/diagrams/{line.mrid}/")
    assert answer["Location"] == f"/diagrams/{line.feeder.mrid}/?select={line.mrid}"


def test_a_line_between_places_leads_to_the_station_at_its_end_or_to_the_map(network: NetworkModel, vera: User) -> None:
    line = ACLineSegment.objects.filter(model=network).earliest("index")
    ACLineSegment.objects.filter(pk=line.pk).update(feeder=None)
    station = Substation.objects.filter(model=network).earliest("index")
    ConnectivityNode.objects.filter(pk=line.to_node_id).update(substation=station)
    ConnectivityNode.objects.filter(pk=line.from_node_id).update(substation=None)
    answer = client_of(vera).get(f"/diagrams/{line.mrid}/")
    assert answer["Location"] == f"/diagrams/{station.mrid}/?select={line.mrid}"
    ConnectivityNode.objects.filter(pk=line.to_node_id).update(substation=None)
    assert client_of(vera).get(f"/diagrams/{line.mrid}/")["Location"] == f"/?select={line.mrid}"


def test_the_keyboard_alone_goes_through_a_diagram_and_opens_a_device(
    network: NetworkModel, vera: User, open_page: Callable[..., Page], live_server: Any
) -> None:
    switch = Switch.objects.filter(model=network, substation__isnull=False).earliest("index")
    assert switch.substation
    page = open_page(client_of(vera).cookies["sessionid"].value)
    page.goto(f"{live_server.url}/diagrams/{switch.substation.mrid}/?select={switch.mrid}")
    expect(page.locator("#selected-words")).to_contain_text(switch.name)
    expect(page.locator(".sym[data-focus]")).to_have_attribute(
        "aria-label", f"Breaker {switch.name}, unknown, position stale"
    )
    page.locator(".sym[data-focus]").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#selected-words")).not_to_contain_text(switch.name)
    page.locator(".sym[data-focus]").press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/**")


def test_a_tag_that_is_hung_on_a_device_stands_on_its_symbol_until_it_is_taken_off(
    network: NetworkModel, olga: User, open_page: Callable[..., Page], live_server: Any
) -> None:
    switch = Switch.objects.filter(model=network, substation__isnull=False).earliest("index")
    assert switch.substation
    page = open_page(client_of(olga).cookies["sessionid"].value)
    page.goto(f"{live_server.url}/elements/{switch.mrid}/")
    expect(page.locator("#own-tags")).to_contain_text("No tag hangs here")
    page.locator("#tag-reason").fill("WO 4711, crew 3")
    page.get_by_role("button", name="Hang tag").click()
    expect(page.locator(".own-tag")).to_contain_text("olga")

    page.goto(f"{live_server.url}/diagrams/{switch.substation.mrid}/?select={switch.mrid}")
    expect(page.locator('.tags .tag-sign[data-kind="hold"]')).to_have_text(re.compile("^H"))
    expect(page.locator("#selected-words")).to_contain_text("tag hold: WO 4711; crew 3")

    page.goto(f"{live_server.url}/elements/{switch.mrid}/")
    page.get_by_role("button", name="Take off Hold").click()
    page.locator("#ask-text").fill("work done")
    page.locator("#ask-yes").click()
    expect(page.locator("#own-tags")).to_contain_text("No tag hangs here")


def test_a_wall_has_no_controls_and_its_type_is_big_enough(
    network: NetworkModel, vera: User, open_page: Callable[..., Page], live_server: Any
) -> None:
    station = Substation.objects.filter(model=network).earliest("index")
    page = open_page(client_of(vera).cookies["sessionid"].value, viewport={"width": 1920, "height": 1080})
    page.goto(f"{live_server.url}/wall/{station.mrid}/")
    expect(page.locator(".wall-picture .sym").first).to_be_attached()
    assert page.locator("button, a, input, select, [tabindex]").count() == 0
    # 23 mm on a screen 680 mm high; capitals are 0.72 of the font's size.
    sizes = page.locator("h1, header b, header time, h2").evaluate_all(
        "(all) => all.map((e) => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) * 0.72 / 1080 * 680 >= 23


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 302), (Role.OPERATOR, 403)])
def test_a_token_opens_the_wall_for_viewers_only(role: Role, status: int) -> None:
    owner = User.objects.create_user("wall", role=role)
    scopes, month = [Permission.VIEW_GRID], timedelta(days=30)
    _, text = issue_token(owner=owner, name="wall", scopes=scopes, life=month, actor=None, at=timezone.now())
    client = Client()
    answer = client.get("/wall/", {"token": text})
    assert answer.status_code == status
    assert client.get("/wall/").status_code == (200 if status == 302 else 302)


def test_a_wrong_token_is_refused_with_a_reason() -> None:
    answer = Client().get("/wall/", {"token": "gop_nonsense"})
    assert answer.status_code == 403
    assert "unknown" in answer.content.decode()
