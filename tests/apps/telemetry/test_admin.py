import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.telemetry.gateway.config import read_config
from apps.telemetry.models import LatestBlock, PointLimit
from tests.factories.telemetry import make_gateway

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> Client:
    client.force_login(User.objects.create_user("ada", password="a long enough password", role=Role.ADMIN))
    return client


def test_a_limit_set_in_the_admin_is_audited_and_noticed_by_ingest(admin: Client) -> None:
    gateway = make_gateway()
    point = gateway.points.get(slot=0)
    form = {
        "name": point.name,
        "scale": 1,
        "deadband": 0,
        "sigma": 0.1,
        "max_silence_s": 60,
        "controls-TOTAL_FORMS": 0,
        "controls-INITIAL_FORMS": 0,
        "limits-TOTAL_FORMS": 1,
        "limits-INITIAL_FORMS": 0,
        "limits-0-condition": "high",
        "limits-0-is_high": "on",
        "limits-0-limit": 11,
        "limits-0-deadband": 0.1,
        "limits-0-on_delay_s": 0,
        "limits-0-off_delay_s": 0,
        "limits-0-priority": 2,
    }

    answer = admin.post(f"/admin/telemetry/measurementpoint/{point.pk}/change/", form)

    assert answer.status_code == 302, answer.context["errors"]
    assert PointLimit.objects.get().limit == 11
    assert LatestBlock.objects.get().config_version == 1
    assert AuditEvent.objects.filter(action="admin.changed").exists()


def test_a_gateway_made_in_the_admin_can_be_fed(admin: Client) -> None:
    form = {"name": "north", "protocol": "iec104", "host": "10.0.0.1", "port": 2404, "silence_limit_s": 10}

    answer = admin.post("/admin/telemetry/gateway/add/", form)

    assert answer.status_code == 302
    assert LatestBlock.objects.get().gateway.name == "north"


GATEWAY = {"name": "north", "protocol": "iec104", "host": "10.0.0.1", "port": 2404, "silence_limit_s": 10}


@pytest.mark.parametrize(
    ("settings", "field", "words"),
    [
        ('{"t9": 5}', "settings", "t9: is not known here; known are redundant_hosts"),
        ('{"t1": 0}', "settings", "t1: 0 is out of range; give a number from 0.1 to 255"),
        ('{"t1": "5"}', "settings", "is no number"),
        ('{"k": 4}', "settings", "w: is above k = 4"),
        ('{"t2": 5}', "settings", "t2: is not below t1"),
        ('{"redundant_hosts": ["10.0.0.7"]}', "settings", "10.0.0.7:2404"),
        ('{"redundant_hosts": "10.0.0.7:2404"}', "settings", "is no list"),
        ('{"counters_freeze": "thaw"}', "settings", "read, freeze, freeze_and_reset"),
        ("[]", "settings", "JSON object"),
        ("{", "settings", "JSON"),
    ],
)
def test_a_wrong_setting_is_named_with_its_remedy(admin: Client, settings: str, field: str, words: str) -> None:
    answer = admin.post("/admin/telemetry/gateway/add/", GATEWAY | {"settings": settings})

    assert answer.status_code == 200
    assert words in str(answer.context["adminform"].form.errors[field].as_data())


def test_settings_that_are_right_are_kept_and_told_to_the_process(admin: Client) -> None:
    given = '{"t3": 10, "redundant_hosts": ["10.0.1.1:2404"], "counters_freeze": "freeze"}'

    answer = admin.post("/admin/telemetry/gateway/add/", GATEWAY | {"settings": given, "is_enabled": "on"})

    assert answer.status_code == 302
    config = read_config(LatestBlock.objects.get().pk).config
    assert (config.settings["t3"], config.settings["redundant_hosts"]) == (10.0, ("10.0.1.1:2404",))
    assert (config.settings["t1"], config.settings["counters_freeze"]) == (5.0, "freeze")


def test_a_protocol_that_cannot_read_the_addresses_is_refused_and_a_host_is_asked_for(admin: Client) -> None:
    made = make_gateway(2, name="pushed")
    made.points.filter(slot=1).update(address="meter-7")
    made.protocol = "http"
    made.save()

    answer = admin.post(f"/admin/telemetry/gateway/{made.pk}/change/", GATEWAY | {"host": "", "settings": "{}"})

    errors = answer.context["adminform"].form.errors
    assert "meter-7" in str(errors["protocol"])
    assert "10.0.0.7" in str(errors["host"])


def test_the_point_map_of_a_gateway_is_a_click_away(admin: Client) -> None:
    made = make_gateway(2)

    page = admin.get(f"/admin/telemetry/gateway/{made.pk}/change/")

    assert b"Point map as CSV" in page.content
    assert b"redundant_hosts" in page.content


@pytest.mark.parametrize("page", ["telemetry/gateway", "telemetry/measurementpoint", "alarms/alarm", "state/solution"])
def test_the_lists_of_the_admin_open(admin: Client, page: str) -> None:
    make_gateway()
    assert admin.get(f"/admin/{page}/").status_code == 200
