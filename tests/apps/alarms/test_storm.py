"""Five thousand alarms: all of them in the journal, and a list that a person can read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.alarms import selectors, services
from apps.alarms.choices import STREAM, Condition, Happening, Priority, Suppression
from apps.alarms.models import Alarm
from apps.alarms.selectors.floods import flooded_areas
from apps.alarms.services.clock import sweep
from apps.assets.models import ACLineSegment, ConnectivityNode, Feeder, Switch
from apps.live.models import JournalEntry
from tests.apps.alarms.life import fact
from tests.factories.grids import MEDIUM_VOLTAGE
from tests.factories.networks import imported

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture
def feeders() -> list[Feeder]:
    network = imported(MEDIUM_VOLTAGE)
    return list(Feeder.objects.filter(model=network, nodes__isnull=False).distinct().order_by("index"))


def breaker_of(feeder: Feeder) -> services.AlarmFact:
    """Told of by a line end of the feeder, as a breaker there would be."""
    return fact(
        f"breaker-{feeder.pk}",
        condition=Condition.OFF_NORMAL,
        priority=Priority.CRITICAL,
        equipment_mrid=feeder.mrid,
        equipment_name=f"Breaker of {feeder.name}",
    )


def consequences(feeder: Feeder, count: int, chance: Random) -> Iterator[services.AlarmFact]:
    mrids: list[UUID] = [*feeder.nodes.values_list("mrid", flat=True)]
    mrids += ACLineSegment.objects.filter(feeder=feeder).values_list("mrid", flat=True)
    kinds = [Condition.LOW, Condition.VOLTAGE_LOW, Condition.BAD_DATA, Condition.OVERLOAD, Condition.HIGH]
    for number in range(count):
        yield fact(
            f"{feeder.pk}-{number}",
            condition=chance.choice(kinds),
            priority=chance.choice([Priority.HIGH, Priority.MEDIUM, Priority.LOW]),
            equipment_mrid=chance.choice(mrids),
            at=NOON + timedelta(seconds=60 * number / count),
        )


def rows_of_the_answer(client: Client) -> list[dict[str, object]]:
    client.force_login(User.objects.create_user("vera", role=Role.VIEWER))
    answer = client.get("/api/v1/alarms/groups")
    assert answer.status_code == 200
    return answer.json()["groups"]


def test_five_thousand_alarms_are_all_told_and_make_at_most_ten_rows(feeders: list[Feeder], client: Client) -> None:
    chance = Random(1)
    feeders = feeders[:8]
    facts = [breaker_of(feeder) for feeder in feeders]
    share = (5000 - len(facts)) // len(feeders) + 1
    facts += [one for feeder in feeders for one in consequences(feeder, share, chance)]
    facts = sorted(facts[:5000], key=lambda one: one.at)
    for start in range(0, 5000, 100):
        services.raise_alarms(facts=facts[start : start + 100])

    assert len({fact_.key for fact_ in facts}) == 5000 == Alarm.objects.count()
    assert JournalEntry.objects.filter(stream=STREAM, kind=Happening.RAISED).count() == 5000
    assert selectors.compared_with_the_journal().faults == ()
    rows = rows_of_the_answer(client)
    assert len(rows) <= 10
    assert sum(len(row["alarms"]) for row in rows) == 5000
    urgent = {pk for row in rows for pk in row["urgent"]}
    assert urgent == set(Alarm.objects.filter(priority=Priority.CRITICAL).values_list("pk", flat=True))


def test_alarms_without_any_cause_and_place_still_make_at_most_ten_rows(client: Client) -> None:
    services.raise_alarms(facts=[fact(f"s{n}", equipment_mrid=uuid4()) for n in range(300)])
    rows = rows_of_the_answer(client)
    assert len(rows) == 10
    assert sum(len(row["alarms"]) for row in rows) == 300


def test_five_hundred_alarms_of_one_breaker_are_one_row(feeders: list[Feeder], client: Client) -> None:
    told = [breaker_of(feeders[0]), *consequences(feeders[0], 499, Random(2))]
    services.raise_alarms(facts=told)
    (row,) = rows_of_the_answer(client)
    root = Alarm.objects.get(source=told[0].source)
    assert (row["root"], len(row["alarms"]), row["first_out"]) == (root.pk, 500, root.pk)


def test_consequences_told_before_their_cause_are_put_under_it(feeders: list[Feeder]) -> None:
    early = list(consequences(feeders[0], 20, Random(3)))
    services.raise_alarms(facts=[fact_ for fact_ in early if fact_.at < NOON + timedelta(seconds=8)])
    count = Alarm.objects.count()
    (root,) = services.raise_alarms(facts=[breaker_of(feeders[0])])
    assert Alarm.objects.filter(parent_id=root.pk).count() == count > 0
    assert JournalEntry.objects.filter(kind=Happening.GROUPED).count() == count
    assert selectors.compared_with_the_journal().faults == ()


def test_another_feeder_is_not_blamed_on_the_breaker(feeders: list[Feeder]) -> None:
    services.raise_alarms(facts=[breaker_of(feeders[0])])
    node = ConnectivityNode.objects.filter(feeder=feeders[1]).earliest("index")
    (low,) = services.raise_alarms(facts=[fact("x", condition=Condition.LOW, equipment_mrid=node.mrid)])
    assert low.parent_id is None


def test_a_dead_area_keeps_its_low_voltages_quiet_and_lets_them_go_when_supply_is_back(feeders: list[Feeder]) -> None:
    node = feeders[0].nodes.earliest("index")
    dead = fact("dead", condition=Condition.LOSS_OF_SUPPLY, priority=Priority.CRITICAL, equipment_mrid=node.mrid)
    low = fact("low", condition=Condition.VOLTAGE_LOW, equipment_mrid=node.mrid)
    services.raise_alarms(facts=[breaker_of(feeders[0]), dead, low])
    alarm = Alarm.objects.get(source="low")
    assert (alarm.suppression, alarm.suppressed_rule) == (Suppression.BY_DESIGN, "dead-area")
    assert Alarm.objects.get(source="dead").suppression == Suppression.NONE

    back = NOON + timedelta(minutes=5)
    ends = [services.AlarmEnd(f"breaker-{feeders[0].pk}", Condition.OFF_NORMAL, back)]
    services.end_alarms(ends=ends)
    sweep(as_of=back + timedelta(seconds=29))
    assert Alarm.objects.get(source="low").suppression == Suppression.BY_DESIGN
    sweep(as_of=back + timedelta(seconds=30))
    alarm.refresh_from_db()
    assert (alarm.suppression, alarm.base_state, alarm.occurrence) == (Suppression.NONE, "unacknowledged", 2)


def test_indicators_of_one_fault_current_are_quiet_behind_their_breaker(feeders: list[Feeder]) -> None:
    mrids = [*feeders[0].nodes.values_list("mrid", flat=True)][:5]
    seen = [fact(f"i{n}", condition=Condition.FAULT_PASSED, equipment_mrid=mrid) for n, mrid in enumerate(mrids)]
    services.raise_alarms(facts=seen[:1])
    services.raise_alarms(facts=[breaker_of(feeders[0]), *seen[1:]])
    sweep(as_of=NOON + timedelta(seconds=5))
    kept = Alarm.objects.filter(condition=Condition.FAULT_PASSED)
    assert set(kept.values_list("suppression", "suppressed_rule")) == {(Suppression.BY_DESIGN, "parent")}


def test_a_breaker_in_the_network_is_found_on_its_feeder(feeders: list[Feeder]) -> None:
    switch = Switch.objects.filter(from_node__feeder=feeders[0]).earliest("index")
    (alarm,) = services.raise_alarms(facts=[fact("b", condition=Condition.OFF_NORMAL, equipment_mrid=switch.mrid)])
    assert alarm.feeder_mrid == feeders[0].mrid
    assert alarm.equipment_class == "Switch"


def test_a_flood_begins_above_ten_in_ten_minutes_and_ends_below_five(feeders: list[Feeder]) -> None:
    services.raise_alarms(facts=[fact(f"s{n}") for n in range(11)])
    now = timezone.now()
    sweep(as_of=now)
    assert flooded_areas(as_of=now) == {None}
    newest = list(JournalEntry.objects.order_by("-id").values_list("id", flat=True)[:6])
    JournalEntry.objects.filter(id__lte=newest[5]).update(recorded_at=now - timedelta(minutes=11))
    assert flooded_areas(as_of=now) == {None}
    JournalEntry.objects.filter(id__lte=newest[4]).update(recorded_at=now - timedelta(minutes=11))
    sweep(as_of=now)
    assert flooded_areas(as_of=now) == set()
