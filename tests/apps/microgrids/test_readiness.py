from datetime import timedelta

import pytest
from django.urls import reverse

from apps.accounts.models import User
from apps.alarms.choices import Condition
from apps.alarms.models import Alarm
from apps.audit.models import AuditEvent
from apps.dispatch.services.refusal import Refused
from apps.live.models import JournalEntry
from apps.microgrids.choices.readiness import ReadinessOutcome, ReserveBasis
from apps.microgrids.models import Microgrid, ReadinessRun, ReadinessTerms
from apps.microgrids.selectors.readiness import readiness_document
from apps.microgrids.selectors.reserve import reserve_now
from apps.microgrids.services.readiness import assess_all, assess_readiness, forget_readiness
from apps.microgrids.services.reserving import wish_reserve, withdraw_reserve_wish
from tests.factories.microgrids import BACKUP, BATTERY, CONNECTED, ISLANDED, NOW, SUN, told_microgrid

pytestmark = pytest.mark.django_db
LOADS_KW = 55.0 + 45.0 + 70.0


def _terms(microgrid: Microgrid, **more: float) -> ReadinessTerms:
    plain = {"least_soc": 0.0, "one_way_efficiency": 1.0, "soc_sigma": 0.0, "start_failure": 0.0}
    return ReadinessTerms.objects.create(microgrid=microgrid, **{**plain, **more})


def _short() -> list[Alarm]:
    return list(Alarm.objects.filter(condition=Condition.ISLAND_SHORT))


def test_hours_are_in_the_range_of_energy_over_load():
    microgrid = told_microgrid()
    _terms(microgrid, shed_important_below=0.0, shed_deferrable_below=0.0)
    run = assess_readiness(microgrid=microgrid, as_of=NOW)
    assert run.outcome == ReadinessOutcome.WORKED_OUT
    # 600 kWh stored and 4000 kWh of fuel; nothing says that the sun will shine, so it counts as none.
    expected_h = (600.0 + 4000.0) / LOADS_KW
    hours = run.hours["3"]
    assert hours["p10"] < expected_h < hours["p90"]
    assert 0.6 * expected_h < hours["p50"] < 1.4 * expected_h


def test_fewer_loads_are_served_longer_and_sure_hours_are_fewer():
    run = assess_readiness(microgrid=told_microgrid(), as_of=NOW)
    by_class = [run.hours[one] for one in ("1", "2", "3")]
    assert by_class[0]["p50"] >= by_class[1]["p50"] >= by_class[2]["p50"]
    assert all(one["p10"] <= one["p50"] <= one["p90"] for one in by_class)


def test_what_raises_it_is_ranked_and_told_in_words():
    microgrid = told_microgrid(CONNECTED | {(BACKUP, "fuel_level"): 100.0})
    run = assess_readiness(microgrid=microgrid, as_of=NOW)
    assert run.gains
    assert [one["p10_h"] for one in run.gains] == sorted((one["p10_h"] for one in run.gains), reverse=True)
    assert any("tanks" in one["what"] for one in run.gains)
    assert all(one["words"].endswith(".") for one in run.gains)


def test_without_a_state_of_charge_nothing_is_said_but_why():
    values = {key: value for key, value in CONNECTED.items() if key != (BATTERY, "state_of_charge")}
    run = assess_readiness(microgrid=told_microgrid(values), as_of=NOW)
    assert run.outcome == ReadinessOutcome.UNKNOWN
    assert BATTERY in run.reason
    assert run.hours == {}


def test_the_same_instant_gives_the_same_figures():
    microgrid = told_microgrid()
    first = assess_readiness(microgrid=microgrid, as_of=NOW).hours
    assert assess_readiness(microgrid=microgrid, as_of=NOW).hours == first
    assert ReadinessRun.objects.count() == 1


def test_each_source_is_told():
    run = assess_readiness(microgrid=told_microgrid(), as_of=NOW)
    assert sum(run.inputs["sources"].values()) == 4
    assert run.inputs["soc_kwh"] == pytest.approx(600.0)
    assert run.inputs["fuel_kwh"] == 4000.0


def test_who_listens_hears_of_it():
    assess_readiness(microgrid=told_microgrid(), as_of=NOW)
    assert JournalEntry.objects.filter(stream="microgrids", kind="readiness").exists()


def test_an_island_that_runs_short_raises_an_alarm_and_ends_it():
    values = ISLANDED | {(BATTERY, "state_of_charge"): 30.0, (BACKUP, "fuel_level"): 0.0, (SUN, "active_power"): 0.0}
    microgrid = told_microgrid(values)
    terms = _terms(microgrid, expected_outage_h=24.0)
    assess_all(as_of=NOW)
    (alarm,) = _short()
    assert "expected to last 24.0 h" in alarm.message
    terms.expected_outage_h = 0.1
    terms.save()
    assess_all(as_of=NOW + timedelta(seconds=20))
    (alarm,) = _short()
    assert alarm.returned_at is not None


def test_a_microgrid_with_the_grid_never_runs_short():
    microgrid = told_microgrid(CONNECTED | {(BATTERY, "state_of_charge"): 1.0, (BACKUP, "fuel_level"): 0.0})
    _terms(microgrid, expected_outage_h=24.0)
    assess_all(as_of=NOW)
    assert _short() == []


def test_an_alarm_is_not_ended_by_a_silent_field():
    values = ISLANDED | {(BATTERY, "state_of_charge"): 30.0, (BACKUP, "fuel_level"): 0.0}
    _terms(told_microgrid(values), expected_outage_h=48.0)
    assess_all(as_of=NOW)
    assess_all(as_of=NOW + timedelta(hours=1))  # all readings are too old by then
    assert [one.returned_at for one in _short()] == [None]


def test_a_reserve_is_worked_out_from_the_risk_and_released_in_time():
    microgrid = told_microgrid()
    _terms(microgrid, expected_outage_h=6.0, outages_per_year=300.0, lost_critical_eur_per_kwh=50.0)
    run = assess_readiness(microgrid=microgrid, as_of=NOW)
    assert run.outage["probability"] == pytest.approx(1 - 2.718281828 ** (-300 / 365), abs=0.01)
    held = reserve_now(microgrid, as_of=NOW)
    assert held.basis == ReserveBasis.COMPUTED
    assert held.reserve_kwh == run.reserve_kwh
    assert "cost is not known" in held.reason or held.reserve_kwh == 0
    assert reserve_now(microgrid, as_of=NOW + timedelta(hours=25)).reserve_kwh == 0.0


def test_without_any_record_of_outages_no_reserve_is_worked_out():
    microgrid = told_microgrid()
    run = assess_readiness(microgrid=microgrid, as_of=NOW)
    assert run.reserve_kwh is None
    assert run.outage["probability"] is None
    assert reserve_now(microgrid, as_of=NOW).basis == ReserveBasis.NONE


def test_old_runs_are_forgotten():
    microgrid = told_microgrid()
    assess_readiness(microgrid=microgrid, as_of=NOW)
    assert forget_readiness(as_of=NOW + timedelta(days=401)) == 1


@pytest.fixture
def person() -> User:
    return User.objects.create_user(username="w", role="engineer", password="x" * 20)


def _wish(microgrid: Microgrid, by: User, **more: object) -> object:
    told = {"reserve_kwh": 400.0, "ends_at": NOW + timedelta(hours=12), "reason": "Storm tonight"}
    return wish_reserve(microgrid=microgrid, **{**told, **more}, by=by, as_of=NOW)  # type: ignore[arg-type]


def test_a_wish_goes_before_what_was_worked_out_until_its_end(person: User):
    microgrid = told_microgrid()
    _wish(microgrid, person)
    held = reserve_now(microgrid, as_of=NOW + timedelta(hours=1))
    assert (held.reserve_kwh, held.basis) == (400.0, ReserveBasis.WISH)
    assert "Storm tonight" in held.reason
    assert reserve_now(microgrid, as_of=NOW + timedelta(hours=12)).basis == ReserveBasis.NONE
    assert AuditEvent.objects.filter(action="microgrids.reserve-wished").exists()


def test_a_newer_wish_takes_the_place_of_the_older_and_can_be_taken_back(person: User):
    microgrid = told_microgrid()
    _wish(microgrid, person)
    _wish(microgrid, person, reserve_kwh=100.0)
    assert reserve_now(microgrid, as_of=NOW).reserve_kwh == 100.0
    withdraw_reserve_wish(microgrid=microgrid, by=person, as_of=NOW)
    assert reserve_now(microgrid, as_of=NOW).basis == ReserveBasis.NONE
    with pytest.raises(Refused, match="nothing to withdraw"):
        withdraw_reserve_wish(microgrid=microgrid, by=person, as_of=NOW)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"reserve_kwh": 9000.0}, "reserve_kwh"),
        ({"ends_at": NOW - timedelta(hours=1)}, "ends_at"),
        ({"ends_at": NOW + timedelta(days=60)}, "ends_at"),
    ],
)
def test_an_impossible_wish_is_refused_with_its_field(person: User, more: dict[str, object], word: str):
    with pytest.raises(Refused, match=word):
        _wish(told_microgrid(), person, **more)


def test_a_document_that_is_old_says_so():
    microgrid = told_microgrid()
    assert readiness_document(microgrid, as_of=NOW)["outcome"] is None
    assess_readiness(microgrid=microgrid, as_of=NOW)
    told = readiness_document(microgrid, as_of=NOW + timedelta(hours=2))
    assert told is not None
    assert told["is_old"]
    assert told["terms"]["is_default"]


def test_the_api_tells_wishes_and_refuses(client, person: User):  # type: ignore[no-untyped-def]
    microgrid = told_microgrid()
    client.force_login(person)
    readiness, reserve, results = (
        reverse(f"microgrid-readiness:{name}", args=[microgrid.mrid]) for name in ("readiness", "reserve", "results")
    )
    told = client.get(readiness)
    assert (told.status_code, told.json()["outcome"], told.json()["hours"]) == (200, None, [])
    assert "Not worked out yet" in told.json()["reason"]
    assess_readiness(microgrid=microgrid, as_of=NOW)
    assert client.get(readiness).json()["hours"][0]["priority"] == 1
    body = {"reserve_kwh": 200.0, "ends_at": "2999-01-01T00:00:00Z", "reason": "x"}
    answer = client.post(reserve, body, content_type="application/json")
    assert answer.status_code == 409
    assert "ends_at" in answer.json()["detail"]
    answer = client.post(reserve, {"reserve_kwh": -1}, content_type="application/json")
    assert answer.status_code == 400
    assert set(answer.json()) >= {"reserve_kwh", "ends_at", "reason"}
    assert client.get(reserve).status_code == 200
    assert client.delete(reserve).status_code == 409
    assert client.get(results, {"days": 0}).status_code == 400
    told = client.get(results, {"days": 7}).json()
    assert told["transitions"]["success_share"] is None
    assert told["survivability"]["reason"]


def test_only_those_who_may_wish(client):  # type: ignore[no-untyped-def]
    microgrid = told_microgrid()
    client.force_login(User.objects.create_user(username="v", role="viewer", password="x" * 20))
    reserve = reverse("microgrid-readiness:reserve", args=[microgrid.mrid])
    assert client.get(reserve).status_code == 200
    assert client.post(reserve, {}, content_type="application/json").status_code == 403
