"""What a person wants of the grid moves schedules of microgrids in the direction that is meant."""

import pytest

from apps.dispatch.models import ObjectiveVersion
from apps.microgrids.adapters.goals import LOST, terms_by_goals
from apps.microgrids.models import Microgrid, ReadinessTerms, ScheduleTerms
from apps.microgrids.services.scheduling import schedule
from tests.factories.microgrids import NOW, told_microgrid
from tests.factories.objectives import wanted
from tests.factories.storage import priced_zone

pytestmark = pytest.mark.django_db


@pytest.fixture
def microgrid() -> Microgrid:
    priced_zone()
    return told_microgrid()


def terms(**values: float) -> tuple[ReadinessTerms, ScheduleTerms]:
    return terms_by_goals(
        ReadinessTerms(), ScheduleTerms(emissions_eur_per_kg=0.05), ObjectiveVersion(version=1, **values)
    )


def test_as_delivered_the_terms_are_the_microgrids_own() -> None:
    readiness, money = terms()
    assert [getattr(readiness, name) for name in LOST] == [getattr(ReadinessTerms(), name) for name in LOST]
    assert (money.wear_eur_per_kwh, money.emissions_eur_per_kg) == (ScheduleTerms().wear_eur_per_kwh, 0.05)


def test_the_higher_price_of_emissions_counts() -> None:
    assert terms(co2_eur_per_t=20.0)[1].emissions_eur_per_kg == 0.05
    assert terms(co2_eur_per_t=100.0)[1].emissions_eur_per_kg == pytest.approx(0.1)
    assert terms(weight_emissions=3.0)[1].emissions_eur_per_kg == pytest.approx(0.15)


def test_lost_load_is_worth_what_was_set_and_classes_keep_their_order() -> None:
    readiness, _ = terms(lost_load_eur_per_kwh=40.0)
    critical, important, deferrable = (getattr(readiness, name) for name in LOST)
    assert important == pytest.approx(40.0)
    assert critical > important > deferrable > 0
    assert terms(weight_reliability=2.0)[0].lost_important_eur_per_kwh == pytest.approx(
        2 * ReadinessTerms().lost_important_eur_per_kwh
    )


def test_batteries_work_less_where_wear_weighs_more_and_the_run_names_the_version(microgrid: Microgrid) -> None:
    usual = schedule(microgrid=microgrid, as_of=NOW)
    version = wanted(weight_wear=10.0)
    careful = schedule(microgrid=microgrid, as_of=NOW)
    given = [sum(abs(kw) for period in run.periods for kw in period["storage_kw"].values()) for run in (usual, careful)]
    assert given[1] < given[0]
    assert (usual.inputs["objectives"], careful.inputs["objectives"]) == (0, version.version)
