import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.db import OperationalError, connection, transaction

from apps.alarms.choices import BaseState, Condition
from apps.alarms.models import Alarm
from apps.telemetry import selectors
from apps.telemetry.adapters import SampleBatch
from apps.telemetry.models import Gateway, LatestBlock, PointLimit
from apps.telemetry.services.ingest import IngestOutcome, UnknownSlot, ingest
from gridops.engine.timeseries.quality import Quality
from tests.factories.telemetry import make_gateway

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SECOND_US = 1_000_000


def at_us(offset_s: float) -> int:
    return int((NOW.timestamp() + offset_s) * SECOND_US)


def batch(*rows: tuple[int, float, float]) -> SampleBatch:
    """Rows of (slot, seconds after NOW, value)."""
    return SampleBatch(
        slot=np.array([row[0] for row in rows], np.int64),
        at_us=np.array([at_us(row[1]) for row in rows], np.int64),
        value=np.array([row[2] for row in rows], float),
        quality=np.zeros(len(rows), np.int64),
    )


def send(gateway: Gateway, *rows: tuple[int, float, float], received_s: float = 0) -> IngestOutcome:
    return ingest(gateway_id=gateway.pk, batch=batch(*rows), received_at=NOW + timedelta(seconds=received_s))


def stored() -> list[tuple[int, float, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT point_id, value, quality FROM telemetry_sample ORDER BY point_id, ts")
        return list(cursor.fetchall())


def latest(gateway: Gateway) -> list[float]:
    (block,) = [found for found in selectors.latest_values() if found.gateway_id == gateway.pk]
    return block.latest.value.tolist()


def test_samples_are_stored_and_become_the_latest_values() -> None:
    gateway = make_gateway()

    outcome = send(gateway, (0, -2, 10.0), (1, -2, 20.0), (0, -1, 11.0), (2, -2, 30.0))

    assert outcome == IngestOutcome(accepted=4, duplicates=0, late=0)
    assert [value for _, value, _ in stored()] == [10.0, 11.0, 20.0, 30.0]
    assert latest(gateway) == [11.0, 20.0, 30.0]


def test_the_same_samples_sent_again_add_nothing() -> None:
    gateway = make_gateway()
    send(gateway, (0, -2, 10.0), (1, -2, 20.0))

    outcome = send(gateway, (0, -2, 10.0), (1, -2, 20.0), (1, -2, 20.0))

    assert outcome == IngestOutcome(accepted=0, duplicates=3, late=0)
    assert len(stored()) == 2


def test_a_full_disk_is_told_as_a_database_that_cannot_just_now() -> None:
    gateway = make_gateway()
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = '53100'; END $$;"
            "CREATE TRIGGER full_disk BEFORE INSERT ON telemetry_sample FOR EACH ROW EXECUTE FUNCTION full_disk()"
        )
    with pytest.raises(OperationalError, match="no space"), transaction.atomic():
        send(gateway, (0, -2, 10.0))


def test_a_late_sample_is_kept_in_history_but_never_the_latest() -> None:
    gateway = make_gateway()
    send(gateway, (0, -1, 11.0))

    assert send(gateway, (0, -30, 5.0)).late == 1
    assert latest(gateway)[0] == 11.0
    assert [value for _, value, _ in stored()] == [5.0, 11.0]


def test_a_sample_from_the_future_is_stored_as_doubtful_and_not_shown() -> None:
    gateway = make_gateway()
    send(gateway, (0, -1, 11.0))

    send(gateway, (0, 3600, 99.0))

    assert latest(gateway)[0] == 11.0
    assert stored()[-1][2] == Quality.QUESTIONABLE | Quality.CLOCK
    assert send(gateway, (0, 3600, 99.0)).duplicates == 1


def test_a_sample_of_last_month_goes_to_history_as_doubtful() -> None:
    gateway = make_gateway()

    assert send(gateway, (0, -40 * 86_400, 1.0)).accepted == 1
    assert stored()[0][2] == Quality.QUESTIONABLE | Quality.CLOCK


def test_a_value_that_is_no_number_is_stored_as_invalid() -> None:
    gateway = make_gateway()

    send(gateway, (0, -1, float("nan")))

    assert stored()[0][2] & Quality.INVALID


def test_an_unknown_slot_is_refused_and_nothing_is_stored() -> None:
    gateway = make_gateway()

    with pytest.raises(UnknownSlot):
        send(gateway, (0, -1, 1.0), (7, -1, 1.0))

    assert stored() == []


def test_any_order_and_any_doubling_of_a_stream_ends_in_the_same_history() -> None:
    gateway = make_gateway(5)
    rng = random.Random(7)
    rows = [(slot, -second, float(slot + second)) for slot in range(5) for second in range(60)]
    sent = rows + rng.choices(rows, k=90)
    rng.shuffle(sent)

    outcomes = [send(gateway, *sent[start : start + 25]) for start in range(0, len(sent), 25)]

    assert len(stored()) == len(rows)
    assert sum(outcome.duplicates for outcome in outcomes) == 90
    assert latest(gateway) == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_two_gateways_do_not_see_each_others_slots() -> None:
    first, second = make_gateway(1, name="a"), make_gateway(1, name="b")

    send(first, (0, -1, 1.0))
    send(second, (0, -1, 2.0))

    assert (latest(first), latest(second)) == ([1.0], [2.0])


def limit(gateway: Gateway, slot: int = 0, **changes: object) -> PointLimit:
    values = {"condition": Condition.HIGH, "is_high": True, "limit": 100.0, "deadband": 5.0, "priority": 2, **changes}
    created = PointLimit.objects.create(point=gateway.points.get(slot=slot), **values)
    LatestBlock.objects.filter(gateway=gateway).update(config_version=1)
    return created


def states() -> list[str]:
    return list(Alarm.objects.order_by("id").values_list("base_state", flat=True))


def test_a_sample_beyond_its_limit_raises_an_alarm_in_the_same_transaction() -> None:
    gateway = make_gateway()
    limit(gateway)

    send(gateway, (0, -1, 101.0))

    alarm = Alarm.objects.get()
    assert (alarm.base_state, alarm.value, alarm.limit) == (BaseState.UNACKNOWLEDGED, 101.0, 100.0)
    assert alarm.raised_at == NOW - timedelta(seconds=1)


def test_an_alarm_ends_only_below_the_deadband() -> None:
    gateway = make_gateway()
    limit(gateway)

    send(gateway, (0, -3, 101.0), (0, -2, 97.0))
    assert states() == [BaseState.UNACKNOWLEDGED]
    send(gateway, (0, -1, 94.0))
    assert states() == [BaseState.RETURNED]


def test_an_on_delay_passes_over_a_short_excursion_and_survives_a_new_process() -> None:
    gateway = make_gateway()
    limit(gateway, on_delay_s=5.0)

    send(gateway, (0, -20, 101.0), (0, -18, 99.0), (0, -16, 101.0))
    assert states() == []
    LatestBlock.objects.update(config_version=2)  # as a restart does: nothing is known from before but the block
    send(gateway, (0, -11, 102.0))
    assert states() == [BaseState.UNACKNOWLEDGED]


def test_every_excursion_within_one_batch_is_an_occurrence() -> None:
    gateway = make_gateway()
    limit(gateway, deadband=0.0)

    send(gateway, (0, -6, 101.0), (0, -5, 90.0), (0, -4, 101.0), (0, -3, 90.0))

    assert Alarm.objects.get().occurrence == 2


def test_a_bad_value_neither_raises_nor_clears() -> None:
    gateway = make_gateway()
    limit(gateway)
    send(gateway, (0, -3, 101.0))

    send(gateway, (0, -2, float("nan")))

    assert states() == [BaseState.UNACKNOWLEDGED]


def test_a_limit_broken_in_late_data_is_told_as_late() -> None:
    gateway = make_gateway()
    limit(gateway)
    send(gateway, (0, -1, 50.0))

    send(gateway, (0, -60, 150.0))

    alarm = Alarm.objects.get()
    assert (alarm.base_state, alarm.is_late) == (BaseState.RETURNED, True)


def test_two_limits_of_one_equipment_are_two_alarms() -> None:
    gateway = make_gateway()
    gateway.points.update(equipment_mrid=gateway.points.get(slot=0).equipment_mrid)
    limit(gateway)
    limit(gateway, slot=1)

    send(gateway, (0, -5, 101.0), (1, -5, 101.0))
    send(gateway, (0, -4, 50.0))

    assert sorted(states()) == [BaseState.RETURNED, BaseState.UNACKNOWLEDGED]


def test_a_limit_keeps_its_state_when_another_is_taken_away() -> None:
    gateway = make_gateway()
    first, second = limit(gateway), limit(gateway, slot=1)
    send(gateway, (0, -9, 101.0), (1, -9, 50.0))
    first.delete()
    LatestBlock.objects.update(config_version=2)

    send(gateway, (1, -8, 101.0))

    raised = {alarm.source: alarm.base_state for alarm in Alarm.objects.all()}
    assert raised[f"limit/{second.pk}"] == BaseState.UNACKNOWLEDGED


def test_the_alarm_of_a_limit_that_was_taken_away_ends() -> None:
    gateway = make_gateway()
    gone = limit(gateway)
    send(gateway, (0, -9, 101.0))
    gone.delete()
    LatestBlock.objects.update(config_version=2)

    send(gateway, (0, -8, 101.0))

    assert states() == [BaseState.RETURNED]


def test_a_limit_that_changes_its_meaning_ends_the_old_alarm_and_raises_the_new_one() -> None:
    gateway = make_gateway()
    changed = limit(gateway)
    send(gateway, (0, -9, 101.0))
    PointLimit.objects.filter(pk=changed.pk).update(condition=Condition.OFF_NORMAL)
    LatestBlock.objects.update(config_version=2)

    send(gateway, (0, -8, 101.0))

    assert dict(Alarm.objects.values_list("condition", "base_state")) == {
        Condition.HIGH: BaseState.RETURNED,
        Condition.OFF_NORMAL: BaseState.UNACKNOWLEDGED,
    }
