"""What a call makes worse, of what is beyond its limit without it."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from apps.dispatch.adapters.call_flows import Course, Hours, made_worse

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
HOURS = cast(Hours, SimpleNamespace(starts=[NOON]))


def course(value: float | None, limit: float = 1.05) -> Course:
    row: dict[str, Any] = {"mrid": "bus", "kind": "voltage_high", "name": "Bus", "value": value, "limit": limit}
    return Course(feeders=[], broken=[{} if value is None else {("bus", "voltage_high"): row}], unsolved=[""])


def test_a_voltage_that_is_too_high_without_the_call_may_move_by_less_than_is_known_of_it() -> None:
    assert made_worse(HOURS, course(1.0561), course(1.0564)) == []


def test_a_voltage_that_the_call_raises_further_is_worse() -> None:
    (worse,) = made_worse(HOURS, course(1.0561), course(1.0572))
    assert worse["was"] == 1.0561


def test_a_limit_that_is_kept_without_the_call_may_not_be_broken_by_however_little() -> None:
    (worse,) = made_worse(HOURS, course(None), course(1.0501))
    assert worse["was"] is None
