import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gridops.simulator.field import Field
from gridops.simulator.talk import Talk, TalkLine, served
from tests.simulator.town import START, town

Conversation = Callable[[Field, TalkLine], Awaitable[Any]]


def talked(tmp_path: Path, conversation: Conversation) -> Any:
    async def both() -> Any:
        field = Field(town(8), seed=1, started_at=START)
        line = TalkLine(tmp_path / "field.sock")
        async with served(Talk(field, 1), tmp_path / "field.sock"):
            field.step(datetime.now(UTC))
            try:
                return await conversation(field, line)
            finally:
                line.close()

    return asyncio.run(both())


def test_a_fault_that_an_instructor_makes_is_felt_by_the_meters(tmp_path: Path) -> None:
    async def conversation(field: Field, line: TalkLine) -> tuple[Any, Any, Any]:
        before = await line.ask(ask="supply")
        lines = await line.ask(ask="lines", seed=5)
        assert lines and before
        await line.ask(ask="fault", line=lines["lines"][0]["mrid"])
        field.step(datetime.now(UTC) + timedelta(seconds=5))
        after = await line.ask(ask="supply", after=before["last"])
        return before, after, await line.ask(ask="faults")

    before, after, faults = talked(tmp_path, conversation)
    assert before["dark"] == []
    assert len({mrid for mrid, has_supply, _ in after["changes"] if not has_supply}) >= 1
    assert len(faults["faults"]) == 1 and faults["faults"][0]["work_s"] > 0


def test_mending_brings_every_switch_back_and_supply_with_it(tmp_path: Path) -> None:
    async def conversation(field: Field, line: TalkLine) -> Any:
        lines = await line.ask(ask="lines", seed=5)
        assert lines
        await line.ask(ask="fault", line=lines["lines"][0]["mrid"])
        field.step(datetime.now(UTC) + timedelta(seconds=5))
        dark = await line.ask(ask="supply")
        await line.ask(ask="mend")
        field.step(datetime.now(UTC) + timedelta(seconds=9))
        assert (field.world.switch_closed == field.world.truth.switch_closed).all()
        return dark, await line.ask(ask="supply")

    dark, sound = talked(tmp_path, conversation)
    assert dark["dark"] and sound["dark"] == []


def test_the_order_of_lines_is_the_seeds(tmp_path: Path) -> None:
    async def conversation(_: Field, line: TalkLine) -> Any:
        return [await line.ask(ask="lines", seed=seed) for seed in (5, 5, 6)]

    first, again, other = talked(tmp_path, conversation)
    assert first == again != other


@pytest.mark.parametrize("asked", [{"ask": "weather"}, {"ask": "fault", "line": "nowhere"}, {}])
def test_what_is_not_understood_is_said(tmp_path: Path, asked: dict[str, str]) -> None:
    async def conversation(_: Field, line: TalkLine) -> None:
        with pytest.raises(ValueError, match="not understood"):
            await line.ask(**asked)

    talked(tmp_path, conversation)


def test_a_field_that_is_away_is_nothing(tmp_path: Path) -> None:
    assert asyncio.run(TalkLine(tmp_path / "field.sock").ask(ask="supply")) is None
