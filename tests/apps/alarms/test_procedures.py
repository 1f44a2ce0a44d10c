from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from apps.alarms import selectors, services
from apps.alarms.choices import Condition, Priority
from apps.alarms.procedures import PROCEDURES
from apps.assets.models import ACLineSegment
from tests.factories.grids import MEDIUM_VOLTAGE
from tests.factories.networks import imported

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def raised(mrid: UUID, path: str = "") -> dict[str, object]:
    fact = services.AlarmFact(
        source="x", condition=Condition.OVERLOAD, priority=Priority.HIGH, equipment_name="Line", message="m", at=NOON
    )
    (alarm,) = services.raise_alarms(facts=[replace(fact, equipment_mrid=mrid, path=path)])
    return selectors.with_response([selectors.document(alarm)])[0]


def test_every_condition_has_a_cause_a_consequence_and_an_action() -> None:
    assert set(PROCEDURES) == set(Condition)
    for procedure in PROCEDURES.values():
        assert all(len(text) > 20 for text in (procedure.cause, procedure.consequence, procedure.action))


@pytest.mark.django_db
def test_an_alarm_carries_the_procedure_of_its_condition() -> None:
    procedure = PROCEDURES[Condition.OVERLOAD]
    assert raised(UUID(int=1))["procedure"] == {
        "cause": procedure.cause,
        "consequence": procedure.consequence,
        "action": procedure.action,
        "time_to_respond_s": 300,
    }


@pytest.mark.django_db
def test_an_alarm_without_a_place_takes_it_from_the_network() -> None:
    network = imported(MEDIUM_VOLTAGE)
    line = ACLineSegment.objects.filter(model=network, feeder__isnull=False).earliest("index")
    assert line.feeder
    assert line.feeder.substation
    assert raised(line.mrid)["path"] == f"{line.feeder.substation.name} / {line.feeder.name}"


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["", "elsewhere"])
def test_unknown_equipment_keeps_the_place_it_was_raised_with(path: str) -> None:
    assert raised(UUID(int=7), path)["path"] == path
