"""A second person's agreement to an automatic rule."""

import pytest
from django.test import Client

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.dispatch.choices.proposal import AutonomyMode
from apps.dispatch.models import Autonomy
from apps.dispatch.services.autonomy import second_autonomy, set_autonomy
from apps.dispatch.services.refusal import Refused
from apps.dispatch.services.scenes import Live

pytestmark = pytest.mark.django_db


def ruled(by: User, live: Live, mode: AutonomyMode = AutonomyMode.AUTOMATIC) -> Autonomy:
    return set_autonomy(
        desk="restoration", feeder_mrid=None, mode=mode, by=by, as_of=live.as_of, reason="Nights", from_hour=0,
        to_hour=24, max_kw=1e4, max_operations_per_day=20, least_confidence=0.5,
    )  # fmt: skip


@pytest.fixture
def sam() -> User:
    return User.objects.create_user("sam", role=Role.SUPERVISOR)


def test_who_has_set_a_rule_does_not_second_it(live: Live, sam: User) -> None:
    rule = ruled(sam, live)
    with pytest.raises(Refused, match="a second person"):
        second_autonomy(rule_id=rule.pk, by=sam, as_of=live.as_of)


def test_only_what_acts_by_itself_is_seconded(live: Live, sam: User, anna: User) -> None:
    rule = ruled(anna, live, AutonomyMode.ADVISE)
    with pytest.raises(Refused, match="nothing to agree to"):
        second_autonomy(rule_id=rule.pk, by=sam, as_of=live.as_of)


def test_a_changed_rule_is_agreed_to_anew_and_the_agreement_is_in_the_audit(live: Live, sam: User, anna: User) -> None:
    rule = ruled(anna, live)
    assert second_autonomy(rule_id=rule.pk, by=sam, as_of=live.as_of).seconded_by == sam
    assert AuditEvent.objects.filter(action="autonomy.seconded", actor_id=sam.pk).exists()
    ruled(anna, live)
    rule.refresh_from_db()
    assert rule.seconded_by is None


def test_the_door_says_who_agreed_or_why_not(live: Live, sam: User, anna: User, client: Client) -> None:
    rule = ruled(anna, live)
    client.force_login(sam)
    answer = client.post(f"/api/v1/autonomy/{rule.pk}/second", content_type="application/json")
    assert (answer.status_code, answer.json()["seconded_by"]) == (201, "sam")
    own = ruled(sam, live)
    refused = client.post(f"/api/v1/autonomy/{own.pk}/second", content_type="application/json")
    assert (refused.status_code, "second person" in refused.json()["detail"]) == (409, True)
    assert client.post("/api/v1/autonomy/999/second", content_type="application/json").status_code == 404
