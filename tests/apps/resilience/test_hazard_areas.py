from datetime import UTC, datetime

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.resilience.models import HazardArea
from apps.resilience.services.threat_areas import import_areas
from apps.resilience.services.vulnerabilities import FileRefused

NOW = datetime(2026, 6, 3, 10, 0, tzinfo=UTC)


@pytest.fixture
def supervisor(db: None) -> User:
    return User.objects.create_user("sue", role=Role.SUPERVISOR)


FIRE = b"""{"type": "FeatureCollection", "features": [{"type": "Feature",
 "properties": {"kind": "fire", "name": "North wood", "valid_from": "2026-06-03T08:00:00Z",
 "valid_to": "2026-06-04T08:00:00Z"},
 "geometry": {"type": "Polygon", "coordinates": [[[9, 53], [10, 53], [10, 54], [9, 54], [9, 53]]]}}]}"""


@pytest.mark.django_db
def test_an_area_of_danger_is_stored_as_it_is_drawn(supervisor: User) -> None:
    (area,) = import_areas(raw=FIRE, by=supervisor, as_of=NOW)
    assert (area.kind, area.name, len(area.rings[0])) == ("fire", "North wood", 5)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        (b'"fire"', b'"war"', "kind"),
        (b"2026-06-04T08:00:00Z", b"2026-06-01T08:00:00Z", "valid_to"),
        (b"2026-06-03T08:00:00Z", b"2026-06-03T08:00:00", "time zone"),
        (b"[9, 53], [10, 53]", b'["x", 53], [10, 53]', "corners"),
        (b"[10, 54]", b"[10, 540]", "corners"),
        (b'"Polygon"', b'"Point"', "geometry"),
        (FIRE, b"[]", "FeatureCollection"),
        (FIRE, b"{", "JSON"),
    ],
)
def test_a_wrong_area_is_refused_with_what_is_wrong(was: bytes, becomes: bytes, says: str) -> None:
    with pytest.raises(FileRefused, match=says):
        import_areas(raw=FIRE.replace(was, becomes), by=None, as_of=NOW)
    assert not HazardArea.objects.exists()


def test_areas_come_and_go_over_the_api(supervisor: User) -> None:
    client = Client()
    client.force_login(supervisor)
    late = FIRE.replace(b"2026-06-04", b"2099-06-04")
    answer = client.post("/api/v1/hazard-areas?name=fire.json", late, "application/octet-stream")
    assert answer.status_code == 201
    (area,) = client.get("/api/v1/hazard-areas").json()["areas"]
    assert area["source"] == "fire.json"
    assert client.post("/api/v1/hazard-areas", b"{", "application/octet-stream").status_code == 400
    assert client.post(f"/api/v1/hazard-areas/{area['id']}/removal").status_code == 204
    assert client.post(f"/api/v1/hazard-areas/{area['id']}/removal").status_code == 404
