from collections import Counter

import numpy as np

from gridops.simulator.head_end.meters import CALL, LAST_GASP, RESTORED, Meters

S = 1_000_000
T0 = 1_800_000_000 * S
MANY = {f"consumer-{n}": 20 for n in range(2000)}


def dark(seed: int = 1, *, back_s: float | None = None) -> Meters:
    meters = Meters(MANY, seed)
    for mrid in MANY:
        meters.feel(mrid, has_supply=False, at_us=T0)
        if back_s is not None:
            meters.feel(mrid, has_supply=True, at_us=T0 + int(back_s * S))
    return meters


def test_four_of_five_last_gasps_arrive_within_half_a_minute_and_some_never() -> None:
    meters = dark()
    soon = [one for one in meters.due(T0 + 30 * S) if one.kind is LAST_GASP]
    late = [one for one in meters.due(T0 + 3600 * S) if one.kind is LAST_GASP]
    assert 0.77 < len(soon) / len(MANY) < 0.83
    assert 0.90 < (len(soon) + len(late)) / len(MANY) < 0.94


def test_calls_come_minutes_later() -> None:
    calls = [one for one in dark().due(T0 + 36_000 * S) if one.kind is CALL]
    delay_s = np.array([one.at_us - T0 for one in calls]) / S
    assert 0.5 < len(calls) / len(MANY) < 0.7
    assert 250 < np.median(delay_s) < 350


def test_a_short_interruption_is_told_by_nobody() -> None:
    assert dark(back_s=1.2).due(T0 + 36_000 * S) == []


def test_who_has_supply_again_tells_so_and_no_longer_calls() -> None:
    kinds = Counter(one.kind for one in dark(back_s=120).due(T0 + 36_000 * S))
    assert 0.94 < kinds[RESTORED] / len(MANY) < 0.98
    assert kinds[CALL] == 0 and kinds[LAST_GASP] == 0, "the head end was asked after supply was back"


def test_every_message_has_an_id_of_its_own_and_the_same_the_next_time() -> None:
    first, again = (dark().due(T0 + 36_000 * S) for _ in range(2))
    assert len({one.id for one in first}) == len(first)
    assert first == again != dark(seed=2).due(T0 + 36_000 * S)


def test_what_is_sent_has_the_fields_that_the_control_room_asks_for() -> None:
    messages = dark().due(T0 + 300 * S)
    gasp, call = (next(one.document() for one in messages if one.kind is kind) for kind in (LAST_GASP, CALL))
    assert set(gasp) == {"id", "consumer_mrid", "at", "kind"}
    assert set(call) == {"id", "consumer_mrid", "at", "text"}
    assert gasp["at"].endswith("+00:00")
