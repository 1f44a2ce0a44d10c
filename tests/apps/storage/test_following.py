"""The charge of racks from stored samples, how plants stand to their limits, and the alarms of that."""

from datetime import timedelta

import numpy as np
import pytest

from apps.alarms.models import Alarm
from apps.dispatch.services.refusal import Refused
from apps.storage.adapters.packed import unpacked
from apps.storage.choices import ChargeSource, SafetyLevel
from apps.storage.models import ChargeDay, ChargeState, SafetyState, StoragePlant
from apps.storage.selectors.charge import charges
from apps.storage.services.assessing import assess, tell_reset
from apps.storage.services.following import follow
from apps.storage.services.rounds import look
from apps.telemetry.models import Gateway
from gridops.engine.storage.cells import LFP
from tests.factories.orders import person
from tests.factories.storage import NOON, heard, make_plant, metered

pytestmark = pytest.mark.django_db
EVERY = timedelta(seconds=10)
WATCHED = ("soc", "temperature_max_c", "temperature_min_c", "cell_voltage_max_v", "cell_voltage_min_v")
WELL = {"temperature_max": 25.0, "temperature_min": 24.0, "cell_voltage_max": 3.31, "cell_voltage_min": 3.29}


@pytest.fixture
def plant(db: None) -> StoragePlant:
    return make_plant(watched=WATCHED)


@pytest.fixture
def gateway(plant: StoragePlant) -> Gateway:
    return metered(plant)


def discharged(gateway: Gateway, *, minutes: int, soc: float, rate_c: float, bias_c: float = 0.0) -> float:
    """What the racks say while they give at a rate; the charge at the end. They hold 651 Ah each."""
    at = [NOON + n * EVERY for n in range(6 * minutes + 1)]
    course = soc - rate_c * np.arange(len(at)) * 10 / 3600
    volts = LFP.at(course) - rate_c * (0.03 + 0.02 * (1 - np.exp(-np.arange(len(at)) * 10 / 300)))
    amperes = 500_000 / 768 * (rate_c + bias_c)
    told = np.full(len(at), 100 * soc)  # its own counter stands still
    heard(gateway, at, dc_current=np.full(len(at), amperes), cell_voltage_avg=volts, state_of_charge=told)
    return float(course[-2])  # the last ten seconds are still on their way


def test_charge_is_followed_through_what_was_measured_since_the_last_look(
    plant: StoragePlant, gateway: Gateway
) -> None:
    left = discharged(gateway, minutes=40, soc=0.7, rate_c=0.5, bias_c=0.01)
    assert follow(as_of=NOON + timedelta(minutes=2)) == 2
    first = ChargeState.objects.first()
    assert first is not None
    assert first.source == ChargeSource.FILTER
    assert first.soc == pytest.approx(0.7, abs=0.06)
    for minute in range(3, 41):
        follow(as_of=NOON + timedelta(minutes=minute))
    found = charges([plant], as_of=NOON + timedelta(minutes=40))[plant.pk]
    assert found.soc == pytest.approx(left, abs=3 * found.sigma)
    assert found.soc < 0.5  # its own counter still says 70 %
    assert ChargeState.objects.first().as_of == NOON + timedelta(minutes=39, seconds=50)


def test_followed_at_once_or_minute_by_minute_it_is_the_same(plant: StoragePlant, gateway: Gateway) -> None:
    discharged(gateway, minutes=20, soc=0.6, rate_c=0.3)
    follow(as_of=NOON + timedelta(minutes=2, seconds=10))
    state = ChargeState.objects.order_by("pk").values("rack", "as_of", "filter", "soc", "sigma")
    begin = list(state)
    for minute in range(3, 16):
        follow(as_of=NOON + timedelta(minutes=minute, seconds=10))
    by_minutes = ChargeState.objects.first().soc
    for row in begin:
        ChargeState.objects.filter(rack=row.pop("rack")).update(**row)
    follow(as_of=NOON + timedelta(minutes=15, seconds=10))
    assert ChargeState.objects.first().soc == pytest.approx(by_minutes, abs=1e-9)


def test_a_rack_that_tells_itself_full_sets_the_count_right(plant: StoragePlant, gateway: Gateway) -> None:
    at = [NOON + n * EVERY for n in range(31)]
    heard(gateway, at, dc_current=[1.0] * 31, cell_voltage_avg=[3.4] * 31, state_of_charge=[99.5] * 31)
    follow(as_of=NOON + timedelta(minutes=5))
    row = ChargeState.objects.first()
    assert row.recalibrated_at == NOON + timedelta(minutes=4, seconds=50)
    assert row.soc == pytest.approx(1.0, abs=0.01)
    assert row.sigma < 0.01


def test_in_silence_the_charge_becomes_unsure_and_then_unknown(plant: StoragePlant, gateway: Gateway) -> None:
    discharged(gateway, minutes=5, soc=0.6, rate_c=0.1)
    follow(as_of=NOON + timedelta(minutes=5))
    sure = ChargeState.objects.first().sigma
    for minute in range(6, 16):
        follow(as_of=NOON + timedelta(minutes=minute))
    assert NOON + timedelta(minutes=5) < ChargeState.objects.first().as_of < NOON + timedelta(minutes=8)
    assert charges([plant], as_of=NOON + timedelta(minutes=15)) == {}
    heard(gateway, [NOON + timedelta(minutes=20)], dc_current=[0.0], cell_voltage_avg=[np.nan])
    follow(as_of=NOON + timedelta(minutes=20, seconds=20))
    assert ChargeState.objects.first().sigma > sure + 0.1


def test_a_plant_s_past_is_kept_by_the_quarter_of_an_hour(plant: StoragePlant, gateway: Gateway) -> None:
    discharged(gateway, minutes=20, soc=0.6, rate_c=0.1)
    heard(gateway, [NOON + timedelta(minutes=20)], active_power=[-50.0], temperature_max=[31.0])
    look(as_of=NOON + timedelta(minutes=20, seconds=10))
    row = ChargeDay.objects.get(plant=plant)
    slot = 13 * 4 + 1
    assert np.flatnonzero(np.isfinite(unpacked(row.soc))).tolist() == [slot]
    assert unpacked(row.temperature_c)[slot] == pytest.approx(31.0)
    assert unpacked(row.power_kw)[slot] == pytest.approx(-50.0)


def standing(plant: StoragePlant) -> list[tuple[str, int]]:
    rows = Alarm.objects.filter(source=f"storage/{plant.pk}", base_state__in=("unacknowledged", "acknowledged"))
    return sorted(rows.values_list("condition", "priority"))


def at_temperature(gateway: Gateway, minute: int, warmest: float) -> None:
    at = NOON + timedelta(minutes=minute)
    heard(gateway, [at], **{name: [value] for name, value in (WELL | {"temperature_max": warmest}).items()})
    assess(as_of=at)


def test_levels_become_alarms_one_a_plant_and_end_again(plant: StoragePlant, gateway: Gateway) -> None:
    discharged(gateway, minutes=30, soc=0.6, rate_c=0.0)
    for minute in range(2, 11):
        follow(as_of=NOON + timedelta(minutes=minute))
    at_temperature(gateway, 10, 25.0)
    assert (SafetyState.objects.get().level, standing(plant)) == (SafetyLevel.NORMAL, [])
    at_temperature(gateway, 11, 39.0)
    assert standing(plant) == [("battery-warning", 4)]
    at_temperature(gateway, 12, 42.5)
    state = SafetyState.objects.get()
    assert standing(plant) == [("battery-derated", 3)]
    assert (state.charge_kw, state.charge_by) == (pytest.approx(250.0), "charge temperature high")
    assert state.discharge_kw == pytest.approx(500.0)
    at_temperature(gateway, 13, 47.0)
    assert standing(plant) == [("battery-stopped", 2)]
    assert "Rack 1" in Alarm.objects.get(condition="battery-stopped").message
    at_temperature(gateway, 14, 30.0)
    assert standing(plant) == []


def test_a_trip_stays_until_somebody_tells_that_it_was_reset_on_the_spot(plant: StoragePlant, gateway: Gateway) -> None:
    discharged(gateway, minutes=30, soc=0.6, rate_c=0.0)
    for minute in range(2, 11):
        follow(as_of=NOON + timedelta(minutes=minute))
    at_temperature(gateway, 11, 61.0)
    state = SafetyState.objects.get()
    assert (state.level, state.charge_kw, state.discharge_kw) == (SafetyLevel.TRIP, 0.0, 0.0)
    assert standing(plant) == [("battery-tripped", 1)]
    eve = person("eve").user
    with pytest.raises(Refused, match="cause of the trip lasts"):
        tell_reset(plant=plant, by=eve, reason="Looked.", as_of=NOON + timedelta(minutes=11))
    at_temperature(gateway, 12, 25.0)
    assert standing(plant) == [("battery-tripped", 1)]
    tell_reset(plant=plant, by=eve, reason="Reset at the cabinet.", as_of=NOON + timedelta(minutes=12))
    at_temperature(gateway, 13, 25.0)
    assert (SafetyState.objects.get().level, standing(plant)) == (SafetyLevel.NORMAL, [])
    with pytest.raises(Refused, match="nothing to tell"):
        tell_reset(plant=plant, by=eve, reason="Again.", as_of=NOON + timedelta(minutes=13))
