from datetime import timedelta

import pytest

from apps.microgrids.choices.microgrid import ControllerMode, Known, LoadPriority, MemberKind
from apps.microgrids.selectors.scene import microgrid_now
from tests.factories.microgrids import (
    BACKUP,
    BATTERY,
    CONNECTED,
    COUPLING,
    ISLANDED,
    NOW,
    SUN,
    make_controller,
    make_microgrid,
    tell,
    told_microgrid,
)

pytestmark = pytest.mark.django_db


def test_powers_are_positive_into_the_island():
    now = microgrid_now(told_microgrid(), as_of=NOW)
    kw = {one.name: one.p_kw.value for one in now.members}
    assert kw[BATTERY] == 40.0
    assert kw[SUN] == 80.0
    assert kw["Harbour clinic"] == -55.0
    assert now.load_kw(LoadPriority.CRITICAL) == 55.0
    assert now.total_load_kw == pytest.approx(170.0)


def test_the_exchange_without_a_meter_is_what_all_members_together_lack():
    now = microgrid_now(told_microgrid(), as_of=NOW)
    assert now.exchange_kw.value == pytest.approx(170.0 - 80.0 - 40.0)
    assert now.exchange_kw.known == Known.SHARED


def test_an_open_coupling_carries_nothing():
    now = microgrid_now(told_microgrid(ISLANDED), as_of=NOW)
    assert now.coupling_closed is False
    assert now.is_alone is True
    assert now.mode == ControllerMode.ISLANDED
    assert now.exchange_kw.value == 0.0
    assert (now.slip_hz.value, now.angle_deg.value) == (0.08, 34.0)


def test_charge_and_fuel_are_energy():
    now = microgrid_now(told_microgrid(), as_of=NOW)
    assert now.soc_kwh == pytest.approx(0.75 * 800.0)
    assert now.fuel_kwh == 4000.0
    assert now.capacity_kwh == 800.0
    assert [one.running for one in now.of(MemberKind.GENERATOR)] == [False]


def test_what_is_silent_for_too_long_is_not_known():
    now = microgrid_now(told_microgrid(), as_of=NOW + timedelta(minutes=10))
    assert now.soc_kwh is None
    assert now.frequency_hz.value is None
    assert now.frequency_hz.age_s(now.as_of) == 600.0
    assert now.mode is None


def test_nothing_measured_is_not_zero():
    now = microgrid_now(make_microgrid(), as_of=NOW)
    assert now.coupling_closed is None
    assert now.is_alone is None
    assert now.exchange_kw.value is None
    assert {one.p_kw.known for one in now.of(MemberKind.STORAGE)} == {Known.UNKNOWN}
    assert {one.p_kw.known for one in now.of(MemberKind.LOAD)} == {Known.EXPECTED}


def test_loads_without_a_meter_share_what_the_island_s_balance_leaves():
    values = {key: value for key, value in ISLANDED.items() if not key[0].startswith("Harbour school")}
    values = {key: value for key, value in values.items() if key[0] != "Harbour works"}
    now = microgrid_now(told_microgrid(values), as_of=NOW)
    kw = {one.name: one.p_kw for one in now.of(MemberKind.LOAD)}
    assert kw["Harbour school"].known == Known.SHARED
    # 90 of the battery and 80 of the sun less 55 of the clinic, by 50 to 90 of their usual powers.
    assert kw["Harbour school"].value == pytest.approx(-115.0 * 50 / 140)
    assert kw["Harbour works"].value == pytest.approx(-115.0 * 90 / 140)


def test_a_shed_group_cuts_the_loads_of_the_last_priorities():
    now = microgrid_now(told_microgrid(ISLANDED | {(BATTERY, "shed_group"): 1.0}), as_of=NOW)
    assert {one.name: one.is_cut for one in now.of(MemberKind.LOAD)} == {
        "Harbour clinic": False,
        "Harbour school": False,
        "Harbour works": True,
    }


def test_a_switch_between_its_positions_is_not_known():
    microgrid = make_microgrid()
    values = CONNECTED | {(COUPLING, "switch_state"): 2.0, (BACKUP, "unit_running"): 1.0}
    tell(make_controller(microgrid, values), NOW, values)
    now = microgrid_now(microgrid, as_of=NOW)
    assert now.coupling_closed is None
    assert [one.running for one in now.of(MemberKind.GENERATOR)] == [True]
