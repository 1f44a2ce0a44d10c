import json
import re
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import Area, AreaAssignment, User
from apps.alarms import services as alarms
from apps.alarms.choices import Condition, Priority
from apps.assets.models import ACLineSegment, NetworkModel
from tests.factories.grids import CASE33
from tests.factories.networks import imported

pytestmark = pytest.mark.django_db
PAGES = ["/", "/alarms/"]


def signed_in(role: Role, **fields: str) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(f"a-{role}", role=role, **fields))
    return client


def text_of(response: HttpResponse) -> str:
    return response.content.decode()


def config_of(response: HttpResponse) -> dict:
    found = re.search(r'<script id="frame-config" type="application/json">(.*?)</script>', text_of(response))
    assert found
    return json.loads(found[1])


@pytest.fixture
def network() -> NetworkModel:
    return imported(CASE33)


@pytest.mark.parametrize("page", [*PAGES, "/elements/00000000-0000-4000-8000-000000000000/"])
def test_a_stranger_is_sent_to_the_sign_in_page(page: str) -> None:
    response = Client().get(page)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/sign-in/?next=/")


@pytest.mark.parametrize("role", Role)
def test_everybody_with_a_role_sees_the_overview(role: Role) -> None:
    response = signed_in(role).get("/")
    assert response.status_code == 200
    assert f"{role.label} · whole network" in text_of(response)


def test_the_frame_names_the_areas_that_its_reader_answers_for() -> None:
    north, _, _ = (Area.objects.create(name=name) for name in ("North", "South", "West"))
    client = signed_in(Role.OPERATOR)
    olga = User.objects.get()
    assert "whole network" not in text_of(client.get("/"))
    AreaAssignment.objects.create(area=north, user=olga, since=timezone.now())
    default, _ = Area.objects.get_or_create(is_default=True, defaults={"name": "All"})
    other = User.objects.create_user("other")
    AreaAssignment.objects.create(area=default, user=other, since=timezone.now())
    assert "Operator · North<" in text_of(client.get("/"))


def test_the_pages_of_the_bar_have_the_keys_one_to_nine() -> None:
    response = signed_in(Role.OPERATOR).get("/")
    keys = config_of(response)["pageKeys"]
    assert list(keys)[:2] == ["1", "2"]
    assert (keys["1"], keys["2"]) == ("/", "/alarms/")
    assert len(keys) == 9
    assert all(f"<kbd>{key}</kbd>" in text_of(response) for key in keys)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.ENGINEER, Role.ADMIN])
def test_who_may_see_alarms_has_the_strip_on_every_page(role: Role, network: NetworkModel) -> None:
    client = signed_in(role)
    line = ACLineSegment.objects.filter(model=network).earliest("index")
    for page in [*PAGES, f"/elements/{line.mrid}/"]:
        assert 'id="alarm-rows"' in text_of(client.get(page)), page


def test_a_program_manager_gets_nothing_of_the_alarms() -> None:
    client = signed_in(Role.PROGRAM_MANAGER)
    response = client.get("/")
    text = text_of(response)
    assert "alarm-strip" not in text
    assert "alarm-counts" not in text
    assert "Silence the horn" not in text
    assert "alarms" not in config_of(response)["topics"]
    assert client.get("/alarms/").status_code == 403


@pytest.mark.parametrize(("role", "may"), [(Role.OPERATOR, True), (Role.ADMIN, True), (Role.VIEWER, False)])
def test_only_who_may_acknowledge_is_offered_it(role: Role, may: bool) -> None:
    response = signed_in(role).get("/alarms/")
    assert ('id="acknowledge"' in text_of(response)) is may
    assert config_of(response)["mayAcknowledge"] is may
    assert ("Acknowledge the selected alarm" in text_of(response)) is may


def test_the_environment_stands_on_every_page_even_before_signing_in(settings: object) -> None:
    settings.ENVIRONMENT_NAME = "TRAINING"  # type: ignore[attr-defined]
    for response in (Client().get("/accounts/sign-in/"), signed_in(Role.VIEWER).get("/")):
        assert 'data-environment="TRAINING"' in text_of(response)
        assert re.search(r'class="environment"[^>]*>TRAINING<', text_of(response))


def test_a_page_is_drawn_in_the_theme_and_the_time_zone_of_its_reader() -> None:
    response = signed_in(Role.OPERATOR, theme="light", time_zone="Asia/Tokyo").get("/")
    assert '<html lang="en" data-theme="light"' in text_of(response)
    assert config_of(response)["timeZone"] == "Asia/Tokyo"


def test_an_element_has_a_page_with_its_name_class_and_place(network: NetworkModel) -> None:
    line = ACLineSegment.objects.filter(model=network).earliest("index")
    text = text_of(signed_in(Role.VIEWER).get(f"/elements/{line.mrid}/"))
    assert f"<h1>{line.name}</h1>" in text
    assert "ACLineSegment" in text
    assert f"?select={line.mrid}" in text


def test_an_unknown_element_is_not_found_in_words() -> None:
    response = signed_in(Role.VIEWER).get(f"/elements/{uuid4()}/")
    assert response.status_code == 404
    assert "Nothing stands here" in text_of(response)


def test_the_alarm_page_brings_the_newest_journal_entries_first() -> None:
    for number in range(3):
        fact = alarms.AlarmFact(
            source=f"s{number}",
            condition=Condition.OVERLOAD,
            priority=Priority.HIGH,
            equipment_name=f"Line {number}",
            message="too much",
            at=timezone.now(),
        )
        alarms.raise_alarms(facts=[fact])
    text = text_of(signed_in(Role.OPERATOR).get("/alarms/"))
    found = re.search(r'<script id="journal-data" type="application/json">(.*?)</script>', text)
    assert found
    assert [entry["alarm"]["equipment_name"] for entry in json.loads(found[1])] == ["Line 2", "Line 1", "Line 0"]


def test_names_from_the_network_cannot_become_markup(network: NetworkModel) -> None:
    line = ACLineSegment.objects.filter(model=network).earliest("index")
    ACLineSegment.objects.filter(pk=line.pk).update(name="</script><script>alert(1)</script>")
    assert "<script>alert" not in text_of(signed_in(Role.VIEWER).get(f"/elements/{line.mrid}/"))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_runs_no_inline_script_and_asks_nobody_else(page: str) -> None:
    response = signed_in(Role.OPERATOR).get(page)
    scripts = re.findall(r"<script([^>]*)>", text_of(response))
    assert scripts
    assert all('type="application/json"' in script or 'src="/static/' in script for script in scripts)
    assert not re.search(r"\son[a-z]+=|\sstyle=|javascript:", text_of(response))
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", text_of(response))
    assert "'unsafe-eval'" not in response["Content-Security-Policy"]
    assert "script-src 'self';" in response["Content-Security-Policy"]
