"""What a person wants of the grid moves reserve and the scheduled frequency in the direction that is meant."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from apps.assets.models import GeneratingUnit
from apps.dispatch.models import ObjectiveVersion
from apps.forecasts.adapters.packed import unpacked
from apps.renewables.adapters.goals import area_by_goals
from apps.renewables.models import StabilityArea
from apps.renewables.services.reserving import reserve
from apps.renewables.services.stability import look_at_stability
from tests.factories.objectives import wanted
from tests.factories.renewables import make_park
from tests.factories.stability import make_area, make_stability_desk

pytestmark = pytest.mark.django_db
MIDDAY = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)
LARGEST_KW = 300.0


def test_reserve_is_asked_for_up_to_the_least_that_is_wanted() -> None:
    make_park(MIDDAY, issues_h=12)
    version = wanted(least_reserve_kw=1e6)
    run = reserve(as_of=MIDDAY + timedelta(minutes=1))
    assert run is not None
    assert run.objectives == version
    assert np.allclose(unpacked(run.up_kw), 1e6)
    assert np.allclose(unpacked(run.down_kw), 1e6)


def test_the_stricter_of_paper_and_goal_holds() -> None:
    area = StabilityArea(nominal_hz=50.0, limit_hz=49.2, rocof_limit_hz_s=1.0)

    def by(**values: float) -> tuple[float, float]:
        found = area_by_goals(area, ObjectiveVersion(version=1, **values))
        return found.limit_hz, found.rocof_limit_hz_s

    assert by() == (49.2, 1.0)
    assert by(least_nadir_hz=49.5, most_rocof_hz_s=0.5) == (49.5, 0.5)
    assert by(least_nadir_hz=48.0, most_rocof_hz_s=2.0) == (49.2, 1.0)
    assert by(least_nadir_hz=59.5)[0] < 50.0
    assert area.limit_hz == 49.2


def test_a_higher_nadir_needs_more_reserve_and_the_run_names_the_version() -> None:
    room = make_stability_desk()
    GeneratingUnit.objects.update(rated_s_kva=LARGEST_KW, p_kw=LARGEST_KW)
    make_area(LARGEST_KW)
    usual = look_at_stability(as_of=room.desk.now)
    version = wanted(least_nadir_hz=49.3, most_rocof_hz_s=0.5)
    careful = look_at_stability(as_of=room.desk.now)
    assert (usual.objectives, careful.objectives) == (None, version)
    assert careful.area["limit_hz"] == 49.3
    for before, after in zip(usual.hours, careful.hours, strict=True):
        assert after["need_kw"] > before["need_kw"]
        assert after["needed_kws"] > before["needed_kws"]
