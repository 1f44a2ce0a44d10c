from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest

from apps.accounts.choices import Role
from apps.accounts.models import User
from apps.incidents.choices.incident import FactKind, IncidentStatus
from apps.incidents.models import Incident
from apps.incidents.services import acts
from apps.telemetry.choices import Quantity
from apps.telemetry.models import LatestBlock, MeasurementPoint
from tests.factories.faults import BREAKER_A, INNER, TIE, Feeders, feeders, point

pytestmark = pytest.mark.django_db


@pytest.fixture
def city() -> Feeders:
    return feeders()


def tells(city: Feeders, values: dict[MeasurementPoint, float]) -> None:
    """Newest values of all points of the gateway, as of now."""
    gateway = next(iter(values)).gateway
    count = MeasurementPoint.objects.filter(gateway=gateway).count()
    at, value = np.zeros(count, np.int64), np.full(count, np.nan)
    for one, number in values.items():
        at[one.slot], value[one.slot] = int(city.now.timestamp() * 1e6), number
    packed = {"at_us": at.tobytes(), "value": value.tobytes(), "quality": np.zeros(count, np.int32).tobytes()}
    LatestBlock.objects.update_or_create(gateway=gateway, defaults={"last_heard_at": city.now, **packed})


def likeliest(incident: Incident) -> tuple[str, float]:
    section = incident.sections.order_by("rank").first()
    assert section is not None
    return section.lines[0]["name"], section.probability


def test_indicators_on_the_way_find_the_section_and_each_reason_is_told(city: Feeders) -> None:
    shown, silent = (
        point(name, city.mrid(name), Quantity.FAULT_INDICATOR) for name in ("A2 cable switch", "A3 cable switch")
    )
    tells(city, {shown: 0.0, silent: 0.0})
    city.moved(BREAKER_A, closed=False)
    tells(city, {shown: 1.0, silent: 0.0})
    city.round()
    city.round(after_s=10)  # silence counts only after a while
    incident = city.only()
    name, probability = likeliest(incident)
    assert name == "A2 cable"
    assert probability > 0.85
    assert incident.status == IncidentStatus.LOCATED
    reasons = incident.sections.get(rank=1).reasons
    assert any("A2 cable switch shows" in reason for reason in reasons)
    assert any("speaks against" in reason for one in incident.sections.filter(rank__gt=1) for reason in one.reasons)
    assert incident.facts.filter(kind=FactKind.INDICATOR).count() == 1


def test_an_indicator_that_falls_back_has_shown_all_the_same(city: Feeders) -> None:
    shown = point("A2 cable switch", city.mrid("A2 cable switch"), Quantity.FAULT_INDICATOR)
    tells(city, {shown: 0.0})
    city.moved(BREAKER_A, closed=False)
    tells(city, {shown: 1.0})
    city.round()
    city.round(after_s=10)
    before = likeliest(city.only())
    tells(city, {shown: 0.0})
    city.round(after_s=30)
    assert likeliest(city.only()) == before


def test_the_relays_reactance_finds_the_cable(city: Feeders) -> None:
    # 1.5 km of 0.12 ohm/km each: the middle of the second cable is 0.27 ohm away.
    reactance = point("A reactance", city.mrid(BREAKER_A), Quantity.FAULT_REACTANCE, unit="ohm")
    city.moved(BREAKER_A, closed=False)
    tells(city, {reactance: 0.27})
    city.round()
    incident = city.only()
    name, probability = likeliest(incident)
    assert (name, probability > 0.75) == ("A2 cable", True)
    assert incident.facts.get(kind=FactKind.FAULT_REACTANCE).value == pytest.approx(0.27)
    assert any("along A2 cable" in reason for reason in incident.sections.get(rank=1).reasons)


def test_a_value_from_before_the_fault_is_no_evidence(city: Feeders) -> None:
    reactance = point("A reactance", city.mrid(BREAKER_A), Quantity.FAULT_REACTANCE, unit="ohm")
    city.now -= timedelta(hours=1)
    tells(city, {reactance: 0.45})
    city.now += timedelta(hours=1)
    city.moved(BREAKER_A, closed=False)
    city.round()
    assert not city.only().facts.filter(kind=FactKind.FAULT_REACTANCE).exists()


def test_what_has_supply_again_is_no_longer_suspected(city: Feeders) -> None:
    city.moved(BREAKER_A, closed=False, scan=True)
    city.round()
    before = {one.lines[0]["name"] for one in city.only().sections.filter(probability__gt=0.2) if one.lines}
    assert before == {"A1 cable", "A2 cable"}  # behind the inner breaker it would have opened
    city.moved("A2 cable switch", closed=False, after_s=60)
    city.moved(BREAKER_A, closed=True, after_s=5, scan=True)
    city.round()
    name, probability = likeliest(city.only())
    assert (name, probability > 0.9) == ("A2 cable", True)


def test_a_section_between_open_switches_is_isolated(city: Feeders) -> None:
    city.moved(INNER, closed=False, scan=True)
    city.round()
    by = User.objects.create_user("olga", role=Role.OPERATOR)
    acts.confirm_section(number=city.only().number, key="", equipment_mrid=city.mrid("A3 cable"), by=by, as_of=city.now)
    city.moved("A4 cable switch", closed=False, after_s=60, scan=True)
    city.round()
    incident = city.only()
    assert incident.sections.get(is_confirmed=True).is_isolated
    assert incident.status == IncidentStatus.ISOLATED
    city.moved(TIE, closed=True, after_s=10, scan=True)
    city.round()
    assert city.only().status == IncidentStatus.PARTLY_RESTORED
    assert city.only().sections.get(is_confirmed=True).name.startswith("A3 cable")


def test_a_line_people_looked_at_falls_behind(city: Feeders) -> None:
    city.moved(INNER, closed=False)
    city.round()
    before = {one.name: one.probability for one in city.only().sections.all()}
    by = User.objects.create_user("olga", role=Role.OPERATOR)
    looked = (city.mrid("A3 cable"), "A3 cable")
    acts.add_note(number=city.only().number, text="Walked along it.", looked_at=looked, by=by, as_of=city.now)
    city.round()
    after = {one.name: one.probability for one in city.only().sections.all()}
    assert after["A3 cable"] < 0.3 < before["A3 cable"]


def test_a_confirmed_section_survives_new_evidence(city: Feeders) -> None:
    city.moved(BREAKER_A, closed=False)
    city.round()
    by = User.objects.create_user("olga", role=Role.OPERATOR)
    key = city.only().sections.get(rank=2).key
    acts.confirm_section(number=city.only().number, key=key, equipment_mrid=None, by=by, as_of=city.now)
    city.moved("A2 cable switch", closed=False, after_s=5)
    city.round()
    assert city.only().sections.get(is_confirmed=True).key == key
    assert city.only().status == IncidentStatus.LOCATED
    with pytest.raises(acts.IncidentRefused, match="mRID"):
        acts.confirm_section(number=city.only().number, key="", equipment_mrid=uuid4(), by=by, as_of=city.now)
