"""When the room of a replay buys, by the clock of its city."""

from datetime import UTC, datetime, timedelta

import pytest

from gridops.replay.living.purchases import FIRST_ISSUE, gate_of

BEGIN = datetime(2025, 9, 29, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "gate"),
    [
        (BEGIN + timedelta(hours=3), BEGIN + FIRST_ISSUE),
        (datetime(2025, 10, 1, 9, tzinfo=UTC), datetime(2025, 9, 30, 10, tzinfo=UTC)),  # noon of summer time
        (
            datetime(2025, 10, 1, 23, tzinfo=UTC),
            datetime(2025, 10, 1, 10, tzinfo=UTC),
        ),  # the next day by the local clock
        (datetime(2025, 10, 27, 12, tzinfo=UTC), datetime(2025, 10, 26, 11, tzinfo=UTC)),  # noon of winter time
    ],
)
def test_a_day_is_bought_at_noon_of_the_day_before_or_when_the_first_forecast_is_there(
    at: datetime, gate: datetime
) -> None:
    assert gate_of(BEGIN, at) == gate
