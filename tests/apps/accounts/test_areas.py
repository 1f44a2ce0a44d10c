from datetime import UTC, datetime, timedelta

import pytest

from apps.accounts import selectors, services
from apps.accounts.choices import Role
from apps.accounts.models import Area, User
from apps.audit.models import AuditEvent

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def person(name: str, role: Role = Role.OPERATOR) -> User:
    return User.objects.create_user(name, role=role)


def test_the_default_area_is_everybodys_until_somebody_takes_it() -> None:
    area, olga, otto = services.default_area(), person("olga"), person("otto")
    assert selectors.areas_of(olga) == selectors.areas_of(otto) == {area.pk}

    assert services.take_over(area=area, by=olga, at=NOON) == []

    assert selectors.areas_of(olga) == {area.pk}
    assert selectors.areas_of(otto) == set()


def test_any_other_area_is_nobodys_until_it_is_taken() -> None:
    services.default_area()
    harbour, olga = Area.objects.create(name="Harbour"), person("olga")
    assert harbour.pk not in selectors.areas_of(olga)
    services.take_over(area=harbour, by=olga, at=NOON)
    assert harbour.pk in selectors.areas_of(olga)


def test_a_takeover_relieves_the_others_and_is_logged() -> None:
    area, olga, otto = services.default_area(), person("olga"), person("otto")
    services.take_over(area=area, by=olga, at=NOON)
    assert services.take_over(area=area, by=otto, at=NOON) == ["olga"]
    assert selectors.areas_of(olga) == set()
    assert AuditEvent.objects.filter(action="area.taken_over", actor_name="otto").count() == 1


def test_handing_back_what_one_does_not_hold_changes_nothing() -> None:
    area, olga = services.default_area(), person("olga")
    assert not services.hand_back(area=area, by=olga, at=NOON)
    services.take_over(area=area, by=olga, at=NOON)
    assert services.hand_back(area=area, by=olga, at=NOON)


def test_only_who_may_act_counts_as_present() -> None:
    services.default_area()
    services.note_presence(user=person("vera", Role.VIEWER), at=NOON + timedelta(hours=1))
    services.note_presence(user=person("olga"), at=NOON)
    services.note_presence(user=person("otto"), at=NOON - timedelta(hours=1))
    (watch,) = selectors.area_watch()
    assert watch.seen_at == NOON
