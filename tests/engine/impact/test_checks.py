"""Each way to win without deserving it, and what catches it."""

from dataclasses import replace

import numpy as np

from gridops.engine.impact.checks import checks_of
from tests.engine.impact.made import emptied, outage, passed, quiet


def test_honest_records_pass_everything():
    for record in (quiet(), outage(quiet(), at_h=6, hours=2), emptied(quiet())):
        assert all(check.ok for check in checks_of(record)), [check for check in checks_of(record) if not check.ok]


def test_energy_from_nowhere_is_found():
    record = quiet()
    assert not passed(replace(record, source_kw=record.source_kw - 10.0))["energy_closes"]


def test_errors_that_cancel_over_the_day_are_found():
    record = quiet()
    wave = 10.0 * np.where(np.arange(24) % 2, 1.0, -1.0)
    assert not passed(replace(record, loss_kw=record.loss_kw + wave))["energy_closes"]


def test_a_store_that_gives_what_it_has_not_is_found():
    record = emptied(quiet())
    assert not passed(replace(record, soc_kwh=np.full((24, 1), 500.0)))["stores_close"]


def test_a_store_that_gains_on_the_way_is_found():
    """The charge that fits only with a loss below nothing."""
    record = emptied(quiet())
    record = replace(record, soc_kwh=record.soc_kwh + 100.0, storage_loss_kwh=np.array([-100.0]))
    assert not passed(record)["stores_close"]


def test_a_store_below_empty_is_found():
    assert not passed(emptied(quiet(), kw=700.0))["stores_stay_inside"]


def test_load_shed_in_silence_is_found():
    record = quiet()
    dark = np.where(np.arange(24) >= 18, 0.8, 1.0)
    shed = replace(record, delivered_kw=dark * 1000, source_kw=(dark * 1000 + 50 - 150)[:, None])
    assert passed(shed)["energy_closes"]
    assert not passed(shed)["served_is_accounted"]


def test_what_is_left_untaken_by_agreement_is_accounted():
    record, agreed = quiet(), np.where(np.arange(24) >= 18, 200.0, 0.0)
    record = replace(
        record,
        delivered_kw=record.delivered_kw - agreed,
        source_kw=record.source_kw - agreed[:, None],
        responded_kw=agreed,
    )
    assert all(passed(record).values())


def test_serving_more_than_was_asked_for_is_found():
    record = quiet()
    record = replace(record, delivered_kw=record.delivered_kw + 100, source_kw=record.source_kw + 100)
    assert not passed(record)["served_is_accounted"]


def test_sun_at_night_is_found():
    record = quiet()
    record = replace(record, renewable_kw=record.renewable_kw + 100, source_kw=record.source_kw - 100)
    assert not passed(record)["renewables_within_available"]


def test_whoever_detects_before_the_fault_is_found():
    record = outage(quiet(), at_h=6, hours=2)
    assert not passed(replace(record, detected_s=record.fault_at_s - 1))["times_follow"]


def test_powers_that_are_not_known_are_found():
    record = quiet()
    loss = record.loss_kw.copy()
    loss[3] = np.nan
    assert not passed(replace(record, loss_kw=loss))["powers_are_known"]


def test_a_broken_shape_stops_at_itself():
    assert passed(replace(quiet(), soc_kwh=np.zeros((2, 1)))) == {"record_is_whole": False}
