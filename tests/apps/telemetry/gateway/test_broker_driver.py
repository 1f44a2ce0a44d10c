"""What a gateway behind a broker does with values that cannot be stored: now, or ever."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from django.db import DataError, InterfaceError, OperationalError

from apps.telemetry.choices import LinkState
from apps.telemetry.gateway import broker
from apps.telemetry.gateway.broker import BrokerDriver
from apps.telemetry.gateway.config import GatewayConfig
from apps.telemetry.gateway.driver import Values
from gridops.protocols.mqtt import Message


class Ears(BrokerDriver):
    def subscriptions(self) -> list[tuple[str, int]]:
        return []

    def read(self, messages: Sequence[Message]) -> Values:
        return Values.of([], [])


@dataclass
class Shelf:
    """Takes values unless it is away, but never a NaN."""

    away: list[Exception] = field(default_factory=list)
    taken: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    asked: int = 0

    async def take(self, values: Values, *, is_pressed: bool = False) -> None:
        self.asked += 1
        if self.away:
            raise self.away.pop()
        if np.isnan(values.value).any():
            raise DataError("no number")
        self.taken += values.value.tolist()

    async def link(self, state: LinkState, reason: str) -> None:
        raise AssertionError

    def refuse(self, reason: str, count: int = 1) -> None:
        self.refused += [reason] * count


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "_AGAIN_S", 0)


def driver(shelf: Shelf) -> Ears:
    return Ears(GatewayConfig(1, "ears", "mqtt", "127.0.0.1", 1, 10.0, {}, ()), shelf)


async def test_a_database_that_is_away_is_waited_for_however_long() -> None:
    away = [OperationalError("away"), InterfaceError("closed"), ConnectionError("cut"), TimeoutError("late")]
    shelf = Shelf(away * 25)
    await driver(shelf)._store(Values.of([0, 1], [1.0, 2.0]))
    assert (shelf.taken, shelf.refused, shelf.asked) == ([1.0, 2.0], [], 101)


async def test_what_can_never_be_stored_is_refused_with_its_reason_and_the_rest_is_stored() -> None:
    shelf = Shelf()
    numbers = np.arange(1000.0)
    numbers[[17, 500, 999]] = np.nan
    await driver(shelf)._store(Values.of(np.arange(1000), numbers))
    assert shelf.taken == [number for number in numbers if not np.isnan(number)]
    assert shelf.refused == ["a value that cannot be stored: DataError: no number"] * 3
    assert shelf.asked < 70


async def test_a_database_that_goes_away_while_the_culprit_is_sought_loses_nothing() -> None:
    shelf = Shelf()
    sought = driver(shelf)
    real, count = shelf.take, 0

    async def sometimes(values: Values, *, is_pressed: bool = False) -> None:
        nonlocal count
        count += 1
        if count % 2:
            raise OperationalError("away")
        await real(values)

    shelf.take = sometimes  # type: ignore[method-assign]
    await sought._store(Values.of([0, 1, 2, 3], [1.0, np.nan, 3.0, 4.0]))
    assert (shelf.taken, len(shelf.refused)) == ([1.0, 3.0, 4.0], 1)


async def test_a_failure_that_passes_by_itself_refuses_nothing() -> None:
    shelf = Shelf([ValueError("once"), ValueError("twice")])
    await driver(shelf)._store(Values.of([0, 1], [1.0, 2.0]))
    assert (shelf.taken, shelf.refused) == ([1.0, 2.0], [])
