"""No command and no schedule outside the limits gets through and none inside is refused; nothing widens a limit."""

from collections.abc import Callable

import numpy as np
import pytest

from gridops.engine.storage.safety.checking import (
    Store,
    Verdict,
    check_command,
    check_schedule,
    power_bounds,
    soc_window,
    state_of_charge,
)
from gridops.engine.storage.safety.limits import RUNGS, Level, Rule, Side, assess, latched
from gridops.engine.storage.safety.narrowing import Setting, narrow
from gridops.engine.storage.safety.typical import Chemistry, typical
from tests.engine.storage.safety_draws import Drawn, commands, limits_of_many, random_readings, schedules

DRAWS = 100_000
Draw = Callable[[np.random.Generator, int], Drawn]
SAFE = {
    "cell_voltage_max_v": 3.35,
    "cell_voltage_min_v": 3.30,
    "temperature_max_c": 26.0,
    "temperature_min_c": 23.0,
    "voltage_spread_v": 0.01,
    "temperature_spread_c": 3.0,
    "heating_c_per_min": 0.1,
    "soc": 0.5,
    "insulation_ohm_per_v": 2000.0,
    "hydrogen_ppm": 0.0,
    "smoke": 0.0,
    "comms_age_s": 1.0,
    "dc_voltage_v": 800.0,
}
LIMITS = typical(Chemistry.LFP, charge_kw=500, discharge_kw=800, current_a=1200)


def an(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


def readings(**other: float) -> dict[str, np.ndarray]:
    return {name: an(value) for name, value in {**SAFE, **other}.items()}


def command(power_kw: float, *, tripped: bool = False, **other: float) -> Verdict:
    return check_command(LIMITS, readings(**other), np.array([tripped]), an(power_kw))


@pytest.mark.parametrize(("draw", "seed"), [(commands, 20), (schedules, 21)], ids=["commands", "schedules"])
def test_of_1e5_draws_none_outside_gets_through_and_none_inside_is_refused(draw: Draw, seed: int) -> None:
    found = draw(np.random.default_rng(seed), DRAWS)
    assert 0.2 < found.legal.mean() < 0.8
    assert (found.allowed == found.legal).all()


class TestCommand:
    def test_a_healthy_battery_has_its_ratings_both_ways(self) -> None:
        assert command(800.0).allowed
        assert command(-500.0).allowed
        assert "800.000 kW that the limit 'rated power'" in command(801.0).reason(0)

    def test_derating_is_a_ramp(self) -> None:
        volts = np.linspace(3.5, 3.7, 401)
        left = [-power_bounds(LIMITS, readings(cell_voltage_max_v=v), np.array([False])).low_kw[0] for v in volts]
        assert max(np.abs(np.diff(left))) < 500 * 0.0005 / 0.05 * 1.01
        assert left[0] == 500
        assert left[-1] == 0
        assert -power_bounds(LIMITS, readings(cell_voltage_max_v=3.625), np.array([False])).low_kw[0] == pytest.approx(
            250
        )

    def test_a_full_cell_may_be_discharged_and_a_cold_one_may_not_be_charged(self) -> None:
        assert command(800.0, cell_voltage_max_v=3.66).allowed
        cold = command(-1.0, temperature_min_c=-1.0)
        assert not cold.allowed
        assert "'charge temperature low' allows at -1 °C" in cold.reason(0)
        assert command(800.0, temperature_min_c=-1.0).allowed

    def test_a_trip_stops_both_ways_and_stays(self) -> None:
        smoke = command(1.0, smoke=1.0)
        assert not smoke.allowed
        assert "'trip'" in smoke.reason(0)
        assert not command(-1.0, tripped=True).allowed
        assert command(0.0, tripped=True).allowed

    @pytest.mark.parametrize("name", sorted(SAFE))
    def test_what_is_not_known_lets_nothing_through(self, name: str) -> None:
        refused = [command(power, **{name: float("nan")}) for power in (1.0, -1.0)]
        assert not all(verdict.allowed for verdict in refused)
        assert command(0.0, **{name: float("nan")}).allowed

    def test_an_unknown_reading_is_named(self) -> None:
        assert "because temperature_max_c is not known" in command(1.0, temperature_max_c=float("nan")).reason(0)

    def test_a_power_that_is_no_number_is_refused(self) -> None:
        assert command(float("nan")).reason(0) == "The power is no number."
        assert not command(float("inf")).allowed

    def test_limits_of_a_kind_serve_many_batteries_at_once(self) -> None:
        volts, power = an(3.3, 3.62, 3.7), an(-500, -300, -1)
        many = {name: np.full(3, value) for name, value in SAFE.items()} | {"cell_voltage_max_v": volts}
        found = check_command(LIMITS, many, np.zeros(3, dtype=bool), power)
        alone = [
            command(float(kw), cell_voltage_max_v=float(volt)).allowed[0] for kw, volt in zip(power, volts, strict=True)
        ]
        assert list(found.allowed) == alone == [True, True, False]
        schedule = check_schedule(
            LIMITS,
            TestSchedule.STORE,
            np.zeros(3, dtype=bool),
            np.tile(power[:, None], 2),
            step_s=900.0,
            dc_voltage_v=an(800),
        )
        assert schedule.bounds.low_kw.shape == (3, 2)

    def test_the_current_limits_the_power_at_a_low_voltage(self) -> None:
        assert "600.000 kW that the limit 'current'" in command(700.0, dc_voltage_v=500.0).reason(0)


class TestTrip:
    def test_is_latched_until_a_local_reset_after_the_cause_is_gone(self) -> None:
        yes, no = np.array([True]), np.array([False])
        off = latched(no, assess(LIMITS, readings(smoke=1.0), 1), local_reset=no)
        assert off.all()
        assert latched(off, assess(LIMITS, readings(), 1), local_reset=no).all()
        assert latched(off, assess(LIMITS, readings(smoke=1.0), 1), local_reset=yes).all()
        assert not latched(off, assess(LIMITS, readings(), 1), local_reset=yes).any()

    @pytest.mark.parametrize(
        ("volts", "level"),
        [(3.3, Level.NORMAL), (3.56, Level.WARN), (3.61, Level.DERATE), (3.66, Level.STOP), (3.76, Level.TRIP)],
    )
    def test_levels_are_told_in_their_order(self, volts: float, level: Level) -> None:
        assert assess(LIMITS, readings(cell_voltage_max_v=volts), 1).worst[0] == level


class TestSchedule:
    STORE = Store(an(0.5), an(1000), an(0.9), an(0.9))

    def test_charge_that_ends_beyond_the_window_is_refused_with_its_step(self) -> None:
        found = check_schedule(LIMITS, self.STORE, np.array([False]), np.full((1, 4), -400.0), step_s=1800.0)
        assert not found.allowed[0]
        assert found.reason(0).startswith(
            "Step 2 (SoC 86.0% to 104.0%): 400.000 kW of charge is more than the 0.000 kW"
        )
        assert "'state of charge high'" in found.reason(0)

    def test_efficiency_works_against_both_directions(self) -> None:
        soc = state_of_charge(self.STORE, an(90.0, -90.0)[None], 3600.0)
        assert soc[0] == pytest.approx([0.5, 0.4, 0.481])

    def test_a_tripped_battery_may_only_rest(self) -> None:
        assert check_schedule(LIMITS, self.STORE, np.array([True]), np.zeros((1, 3)), step_s=900.0).allowed[0]
        assert not check_schedule(LIMITS, self.STORE, np.array([True]), np.full((1, 3), 5.0), step_s=900.0).allowed[0]

    def test_whatever_keeps_to_the_window_and_the_ratings_is_allowed(self) -> None:
        rng, count = np.random.default_rng(9), 500
        limits = limits_of_many(rng, count)
        low, high = soc_window(limits, count)
        path = rng.uniform(low[:, None], high[:, None], (count, 25))
        kwh = 0.25 * 0.9 * np.minimum(limits.charge_kw, limits.discharge_kw)
        change = -np.diff(path, axis=1) * kwh[:, None] / 0.25
        power = np.where(change > 0, change * 0.9, change / 0.9)
        store = Store(path[:, 0], kwh, np.full(count, 0.9), np.full(count, 0.9))
        assert check_schedule(limits, store, np.zeros(count, dtype=bool), power, step_s=900.0).allowed.all()

    def test_expected_temperatures_and_a_nominal_voltage_count_where_they_are_given(self) -> None:
        power, steady = np.full((1, 2), 100.0), np.array([False])
        hot = check_schedule(LIMITS, self.STORE, steady, power, step_s=900.0, temperature_c=an(30, 56)[None])
        assert "discharge temperature high" in hot.reason(0)
        weak = check_schedule(LIMITS, self.STORE, steady, power, step_s=900.0, dc_voltage_v=an(80.0))
        assert "96.000 kW that the limit 'current'" in weak.reason(0)


class TestNarrowing:
    def test_a_narrower_rung_and_rating_are_taken(self) -> None:
        found = narrow(LIMITS, [Setting("cell voltage high", "trip", an(3.7)), Setting("charge_kw", "", an(300))])
        assert found.refused == ()
        assert found.limits.charge_kw == [300]
        assert {rule.name: rule for rule in found.limits.rules}["cell voltage high"].trip == [3.7]

    @pytest.mark.parametrize(
        ("name", "rung", "value", "words"),
        [
            ("cell voltage high", "stop", 3.7, "3.7 V would widen the limit of 3.65 V (typical window"),
            ("cell voltage low", "stop", 2.0, "2 V would widen the limit of 2.5 V"),
            ("discharge_kw", "", 900, "900 would widen the limit of 800"),
            ("charge_kw", "", -1, "0 or more"),
            ("cell voltage high", "stop", 3.5, "derate must lie before stop"),
            ("cell voltage high", "stop", float("nan"), "must be a number"),
            ("cell voltage high", "pause", 3.5, "'pause' is no rung"),
            ("humidity", "stop", 3.5, "no such limit"),
        ],
    )
    def test_everything_else_is_refused_with_its_reason(self, name: str, rung: str, value: float, words: str) -> None:
        found = narrow(LIMITS, [Setting(name, rung, an(value))])
        assert len(found.refused) == 1
        assert words in found.refused[0]
        assert found.limits == LIMITS

    def test_rungs_of_one_rule_are_taken_together(self) -> None:
        wishes = [
            Setting("cell voltage high", name, an(value))
            for name, value in (("derate", 3.4), ("stop", 3.5), ("warn", 3.4))
        ]
        assert narrow(LIMITS, wishes).refused == ()

    def test_a_trip_may_be_added_where_the_datasheet_has_none(self) -> None:
        assert narrow(LIMITS, [Setting("communication", "trip", an(300))]).refused == ()

    def test_whatever_is_narrowed_allows_no_more_than_the_datasheet(self) -> None:
        rng, count = np.random.default_rng(4), 20_000
        wide = limits_of_many(rng, count)
        wishes = [
            Setting(rule.name, name, getattr(rule, name) - rule.sign * by * np.abs(rule.stop - rule.derate))
            for rule in wide.rules
            for by in [rng.uniform(0, 1, count)]
            for name in RUNGS
            if not np.isnan(getattr(rule, name)).any()
        ]
        found = narrow(wide, wishes)
        assert found.refused == ()
        state, tripped = random_readings(wide, rng, count), np.zeros(count, dtype=bool)
        before, after = (power_bounds(each, state, tripped) for each in (wide, found.limits))
        assert (after.high_kw <= before.high_kw + 1e-9).all()
        assert (after.low_kw >= before.low_kw - 1e-9).all()
        assert (after.high_kw < before.high_kw).mean() > 0.1


@pytest.mark.parametrize(
    ("rungs", "words"),
    [((3.5, 3.6, 3.6, 3.7), "ramp"), ((3.7, 3.6, 3.65, 3.7), "order"), ((3.5, 3.6, 3.65, 3.6), "order")],
)
def test_rungs_out_of_order_are_refused(rungs: tuple[float, ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Rule("x", "x", "V", Side.HIGH, True, True, *map(an, rungs), source="")
