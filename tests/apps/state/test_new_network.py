"""The network is changed while the control room runs: by two people, over HTTP, without a restart."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse

from apps.alarms.models import Alarm
from apps.assets import selectors as assets
from apps.assets import services
from apps.assets.models import ACLineSegment, NetworkModel, Switch
from apps.assets.rules import class_named
from apps.assets.services import RawEdit
from apps.state import frames
from apps.state.choices import Outcome
from apps.state.models import Solution
from apps.telemetry.models import MeasurementPoint
from tests.factories.field import Room, make_room
from tests.factories.grids import MEDIUM_VOLTAGE, cache_dir
from tests.factories.networks import engineer

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 6, 1, 10, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


@pytest.fixture
def room() -> Room:
    return make_room(MEDIUM_VOLTAGE, cache_dir(), started_at=NOON)


def changed(as_of: datetime) -> tuple[NetworkModel, ACLineSegment, Switch]:
    """One line re-rated, one open switch removed, by Erika; checked."""
    erika = engineer("erika")
    model = services.make_draft(by=erika, note="a tie is taken down", as_of=as_of)
    line = ACLineSegment.objects.filter(model=model).earliest("index")
    tie = Switch.objects.filter(model=model, normal_closed=False).earliest("index")
    for name, edit in (
        ("ACLineSegment", RawEdit("update", str(line.mrid), {"rated_a": str(2 * line.rated_a)})),
        ("Switch", RawEdit("remove", str(tie.mrid), {})),
    ):
        done = services.apply_edits(model_id=model.pk, spec=class_named(name), edits=[edit], by=erika, as_of=as_of)
        assert done.applied
    assert services.check(model_id=model.pk, by=erika, as_of=as_of) == []
    return model, line, tie


def test_the_next_scan_after_the_instant_takes_the_new_version_by_itself_and_raises_nothing(room: Room) -> None:
    first = assets.model_at(NOON)
    before = room.run(NOON, seconds=6)
    model, line, _ = changed(after(6))
    anton = engineer("anton")
    services.approve(model_id=model.pk, by=anton, as_of=after(6))
    services.release(model_id=model.pk, by=anton, at=after(11), as_of=after(6))
    solutions = [room.step(after(seconds)) for seconds in range(8, 30, 2)]

    versions = [solution.network_model_id for solution in solutions]
    assert versions == [first.pk, first.pk] + [model.pk] * 9
    assert {solution.outcome for solution in solutions} == {Outcome.SOLVED}
    assert Alarm.objects.count() == 0
    old, new = frames.decode(before.frame), frames.decode(solutions[-1].frame)
    assert len(new.switch_state) == len(old.switch_state) - 1
    at = assets.assembled(model).lines.position[str(line.mrid)]
    assert new.line_loading[at] == pytest.approx(old.line_loading[at] / 2, rel=0.2)


def test_what_was_recorded_is_still_read_with_the_version_of_its_time(room: Room) -> None:
    first = assets.model_at(NOON)
    stored = room.run(NOON, seconds=4)
    model, _, _ = changed(after(4))
    services.approve(model_id=model.pk, by=engineer("anton"), as_of=after(4))
    services.release(model_id=model.pk, by=engineer("anton"), at=after(5), as_of=after(4))
    room.step(after(6))

    solution = Solution.objects.get(pk=stored.pk)
    then = assets.model_at(solution.as_of)
    assert then == first
    assert len(frames.decode(solution.frame).switch_state) == len(assets.assembled(then).switches)
    for version in (first, model):
        with pytest.raises(ProtectedError):
            version.delete()


def test_points_of_removed_equipment_are_reported_before_and_stay_stored(room: Room) -> None:
    room.run(NOON, seconds=4)
    model, _, tie = changed(after(4))
    client = Client()
    client.force_login(engineer("anton"))
    told = client.get(reverse("assets:comparison", args=[model.pk]), {"with": assets.model_at(NOON).pk}).json()[
        "consequences"
    ]
    points = MeasurementPoint.objects.filter(equipment_mrid=tie.mrid)
    assert points.exists()
    assert told[0]["text"].startswith(f"{points.count()} points measure equipment that is removed")
    assert set(told[0]["names"]) == set(points.values_list("name", flat=True))
    services.approve(model_id=model.pk, by=engineer("anton"), as_of=after(4))
    services.release(model_id=model.pk, by=engineer("anton"), at=after(5), as_of=after(4))
    assert room.step(after(6)).outcome == Outcome.SOLVED
    assert points.exists()
