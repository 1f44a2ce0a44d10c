import io
import uuid

import pytest
from django.test import Client
from rest_framework.test import APIClient

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.telemetry.models import Gateway, LatestBlock, MeasurementPoint, PointMapImport
from apps.telemetry.services.point_map import PointsMoved, apply, export, preview
from apps.telemetry.services.signal_list import PointMapRefused
from tests.apps.telemetry.history import NOW
from tests.factories.telemetry import make_gateway

pytestmark = pytest.mark.django_db


@pytest.fixture
def made() -> Gateway:
    gateway = make_gateway(5)
    gateway.points.filter(slot=1).update(scale=0.1, sigma=1 / 3, side="from", name='a "quoted", name')
    return gateway


def text_of(gateway: Gateway) -> str:
    return "".join(export(gateway))


def version(gateway: Gateway) -> int:
    return LatestBlock.objects.get(gateway=gateway).config_version


def take(gateway: Gateway, text: str, expected: int | None = None) -> PointMapImport:
    expected = version(gateway) if expected is None else expected
    return apply(gateway=gateway, text=text, config_version=expected, by=None, file_name="map.csv", as_of=NOW)


def test_what_is_exported_and_imported_again_changes_nothing(made: Gateway) -> None:
    before, text = list(made.points.order_by("pk").values()), text_of(made)

    found = preview(gateway=made, text=text)
    entry = take(made, text)

    assert (found.added, found.changed, found.removed, found.refused, found.unchanged) == ([], [], [], [], 5)
    assert list(made.points.order_by("pk").values()) == before
    assert (entry.unchanged, entry.added, entry.changed, entry.removed) == (5, 0, 0, 0)
    assert version(made) == 0, "no process takes up its link anew for nothing"
    assert text_of(made) == text


def test_a_preview_says_what_comes_changes_and_goes_and_writes_nothing(made: Gateway) -> None:
    lines = text_of(made).splitlines()
    new = f"{uuid.uuid4()},new,{uuid.uuid4()},,voltage,kV,1/99,1,0,0,60"
    text = "\n".join([*lines[:2], lines[3].replace(",1/3,", ",1/33,"), *lines[4:], new])

    found = preview(gateway=made, text=text)

    assert [(row.line, row.address) for row in found.added] == [(6, "1/99")]
    assert [(row.line, row.changes) for row in found.changed] == [(3, [("address", "1/3", "1/33")])]
    assert [row.address for row in found.removed] == ["1/2"]
    assert found.unchanged == 3
    assert made.points.count() == 5


def test_a_faulty_line_is_named_with_its_reason_and_nothing_is_applied(made: Gateway) -> None:
    text = text_of(made).replace(",1/4,", ",1-4,").replace(",1/5,", ",1/3,")

    found = preview(gateway=made, text=text)

    assert [(problem.line, problem.name) for problem in found.refused] == [(5, "field point 3"), (6, "field point 4")]
    assert "1/1001" in found.refused[0].reason, "an example of what is right"
    with pytest.raises(PointMapRefused):
        take(made, text)
    assert not PointMapImport.objects.exists()


def test_an_import_is_told_in_the_ledger_and_in_the_audit(made: Gateway) -> None:
    take(made, text_of(made).replace(",1/4,", ",2/4,"))

    entry = PointMapImport.objects.get()
    assert (entry.changed, entry.file_name, len(entry.digest)) == (1, "map.csv", 64)
    assert AuditEvent.objects.get(action="points.imported").detail["changed"] == 1
    assert version(made) == 1


def test_a_preview_that_is_out_of_date_is_not_applied(made: Gateway) -> None:
    text, seen = text_of(made), version(made)
    take(made, text.replace(",1/4,", ",2/4,"))

    with pytest.raises(PointsMoved, match="look at it again"):
        take(made, text, expected=seen)

    assert MeasurementPoint.objects.get(slot=3).address == "2/4"


def user(role: Role) -> User:
    return User.objects.create_user(f"u-{role}", password="a long enough password", role=role)


def test_an_engineer_previews_and_applies_over_http(made: Gateway) -> None:
    client, url = APIClient(), f"/api/v1/telemetry/gateways/{made.pk}/points"
    client.force_authenticate(user(Role.ENGINEER))
    answer = client.get(f"{url}.csv")
    text = b"".join(answer.streaming_content).decode().replace(",1/4,", ",2/4,")

    found = client.post(f"{url}/preview", data=text, content_type="text/csv")
    entry = client.post(
        f"{url}/import?config_version={found.data['config_version']}&file_name=a.csv", text, content_type="text/csv"
    )
    again = client.post(f"{url}/import?config_version={found.data['config_version']}", text, content_type="text/csv")

    assert found.data["counts"] == {"added": 0, "changed": 1, "removed": 0, "refused": 0}
    assert (entry.status_code, entry.data["changed"], entry.data["actor_name"]) == (201, 1, "u-engineer")
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"\xff\xfe", "text/csv", 400),
        (b"", "text/csv", 200),
        (b"{}", "application/json", 415),
        (b"a,b\n1", "text/csv", 200),
    ],
)
def test_what_is_no_point_map_gets_a_plain_answer(made: Gateway, body: bytes, kind: str, status: int) -> None:
    client = APIClient()
    client.force_authenticate(user(Role.ENGINEER))

    answer = client.post(f"/api/v1/telemetry/gateways/{made.pk}/points/preview", body, content_type=kind)

    assert answer.status_code == status
    assert status != 200 or "lacks the columns" in answer.data["refused"][0]["reason"]


def test_who_may_not_edit_may_look_but_not_import(made: Gateway) -> None:
    client = APIClient()
    client.force_authenticate(user(Role.OPERATOR))
    url = f"/api/v1/telemetry/gateways/{made.pk}/points"

    assert client.get(f"{url}.csv").status_code == 200
    assert client.post(f"{url}/preview", "", content_type="text/csv").status_code == 403
    assert client.post(f"{url}/import?config_version=0", "", content_type="text/csv").status_code == 403


def test_the_page_of_a_point_map_is_for_engineers(made: Gateway, client: Client) -> None:
    client.force_login(user(Role.ENGINEER))
    page = client.get("/gateways/field/points/")
    assert page.status_code == 200
    assert b"1/1001" in page.content
    assert client.get("/gateways/nobody/points/").status_code == 404
    client.force_login(user(Role.OPERATOR))
    assert client.get("/gateways/field/points/").status_code == 403


def test_a_large_map_is_taken_whole(made: Gateway) -> None:
    rows = io.StringIO()
    rows.write(text_of(made))
    for number in range(3000):
        rows.write(f"{uuid.UUID(int=number + 1)},p{number},{uuid.UUID(int=7)},,voltage,kV,9/{number},1,0,0,60\n")

    assert take(made, rows.getvalue()).added == 3000
    assert made.points.count() == 3005
