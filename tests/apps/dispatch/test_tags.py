from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.assets.models import ACLineSegment
from apps.audit.models import AuditEvent
from apps.dispatch.choices import STREAM, TagKind
from apps.dispatch.models import Tag
from apps.dispatch.selectors.tags import standing_tags
from apps.dispatch.services import tags as services
from apps.dispatch.services.refusal import Refused
from apps.live.models import JournalEntry
from apps.logbook.selectors.hand_over_page import page
from tests.factories.grids import CASE33
from tests.factories.networks import imported

pytestmark = pytest.mark.django_db


@pytest.fixture
def line() -> ACLineSegment:
    return ACLineSegment.objects.filter(model=imported(CASE33)).earliest("index")


@pytest.fixture
def anna() -> User:
    return User.objects.create_user("anna", role=Role.OPERATOR)


@pytest.fixture
def ben() -> User:
    return User.objects.create_user("ben", role=Role.OPERATOR)


def placed(line: ACLineSegment, by: User, kind: TagKind = TagKind.HOLD, as_of: datetime | None = None) -> Tag:
    return services.place_tag(
        equipment_mrid=line.mrid, kind=kind, reason="WO 4711, crew 3", by=by, as_of=as_of or timezone.now()
    )


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_tag_is_in_the_audit_in_the_journal_and_in_the_hand_over(line: ACLineSegment, anna: User) -> None:
    tag = placed(line, anna)

    event = AuditEvent.objects.get(action="tag.placed")
    assert (event.target, event.detail["equipment"]) == (f"tag/{tag.pk}", line.name)
    entry = JournalEntry.objects.get(stream=STREAM)
    assert (entry.kind, entry.payload["reason"]) == ("tag.placed", "WO 4711, crew 3")
    (shown,) = page(as_of=timezone.now())["tags"]
    assert (shown["equipment_name"], shown["placed_by"]) == (line.name, "anna")


def test_a_hold_is_taken_off_by_who_has_placed_it_or_by_the_supervisor(
    line: ACLineSegment, anna: User, ben: User
) -> None:
    chief = User.objects.create_user("carla", role=Role.SUPERVISOR)
    first, second = placed(line, anna), placed(line, anna)

    with pytest.raises(Refused, match="anna has placed this tag"):
        services.remove_tag(tag_id=first.pk, reason="done", by=ben, as_of=timezone.now())
    services.remove_tag(tag_id=first.pk, reason="done", by=anna, as_of=timezone.now())
    services.remove_tag(tag_id=second.pk, reason="anna has gone home", by=chief, as_of=timezone.now())

    assert standing_tags() == []
    with pytest.raises(Refused, match="carla has removed this tag already"):
        services.remove_tag(tag_id=second.pk, reason="again", by=anna, as_of=timezone.now())


def test_anybody_who_tags_takes_off_a_caution(line: ACLineSegment, anna: User, ben: User) -> None:
    tag = placed(line, anna, TagKind.CAUTION)
    services.remove_tag(tag_id=tag.pk, reason="read", by=ben, as_of=timezone.now())
    tag.refresh_from_db()
    assert tag.removed_by == ben


def test_a_past_instant_has_the_tags_that_hung_then(line: ACLineSegment, anna: User) -> None:
    now = timezone.now()
    tag = placed(line, anna, as_of=now - timedelta(hours=2))
    services.remove_tag(tag_id=tag.pk, reason="done", by=anna, as_of=now - timedelta(hours=1))

    hung = {hours: len(standing_tags(at=now - timedelta(hours=hours))) for hours in (0.5, 1.5, 2.5)}

    assert hung == {0.5: 0, 1.5: 1, 2.5: 0}
    assert standing_tags() == []


def test_a_tag_needs_somebody_who_took_it_off(line: ACLineSegment, anna: User) -> None:
    tag = placed(line, anna)
    with pytest.raises(IntegrityError, match="tag_removed_by_somebody"):
        Tag.objects.filter(pk=tag.pk).update(removed_at=timezone.now())


def test_the_api_places_lists_and_takes_off(line: ACLineSegment, anna: User) -> None:
    client = client_of(anna)
    body = {"equipment_mrid": str(line.mrid), "kind": "hold", "reason": "WO 4711"}
    answer = client.post("/api/v1/tags", body, content_type="application/json")
    assert answer.status_code == 201

    (listed,) = client.get("/api/v1/tags", {"equipment": line.mrid}).json()["tags"]
    removal = f"/api/v1/tags/{listed['id']}/removal"

    assert listed == answer.json()
    assert client.post(removal, {"reason": "done"}, content_type="application/json").status_code == 201
    assert client.post(removal, {"reason": "done"}, content_type="application/json").status_code == 409
    assert client.get("/api/v1/tags").json() == {"tags": []}


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ({"reason": ""}, 400, "reason"),
        ({"reason": "x" * 301}, 400, "reason"),
        ({"kind": "lock"}, 400, "kind"),
        ({"equipment_mrid": "line 7"}, 400, "equipment_mrid"),
        ({"equipment_mrid": str(uuid4())}, 409, "mRID"),
    ],
)
def test_bad_input_is_refused_by_its_field(
    line: ACLineSegment, anna: User, change: dict[str, str], status: int, word: str
) -> None:
    body = {"equipment_mrid": str(line.mrid), "kind": "hold", "reason": "WO 4711"} | change
    answer = client_of(anna).post("/api/v1/tags", body, content_type="application/json")
    assert answer.status_code == status
    assert word in answer.content.decode()
    assert not Tag.objects.exists()


def test_who_only_looks_hangs_no_tag(line: ACLineSegment) -> None:
    client = client_of(User.objects.create_user("vera", role=Role.VIEWER))
    body = {"equipment_mrid": str(line.mrid), "kind": "hold", "reason": "WO 4711"}
    assert client.post("/api/v1/tags", body, content_type="application/json").status_code == 403
    assert client.get("/api/v1/tags").status_code == 200
    assert "tag-form" not in client.get(f"/elements/{line.mrid}/").content.decode()
