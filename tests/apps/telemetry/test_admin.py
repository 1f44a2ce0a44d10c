import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEvent
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


@pytest.mark.parametrize("page", ["telemetry/gateway", "telemetry/measurementpoint", "alarms/alarm", "state/solution"])
def test_the_lists_of_the_admin_open(admin: Client, page: str) -> None:
    make_gateway()
    assert admin.get(f"/admin/{page}/").status_code == 200
