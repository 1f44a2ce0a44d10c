"""The line between homes and field, over a real socket; and what it does to the true power flow."""

import asyncio
from datetime import timedelta

import numpy as np
import pytest

from gridops.simulator.field import Field
from gridops.simulator.vens.channel import FORGOTTEN_US, FieldLine, HomesInField, served
from tests.simulator.town import START, town


def _field():
    return Field(town(), seed=1, scenario="normal", speed=1.0, started_at=START)


def test_what_homes_draw_less_is_missing_in_the_feeder():
    plain, with_homes = _field(), _field()
    load = with_homes.case.loads[0]
    for field in (plain, with_homes):
        field.step(START)
    with_homes.world.homes.tell({load.mrid: -50.0}, int(START.timestamp() * 1e6))
    at = START + timedelta(seconds=60)
    for field in (plain, with_homes):
        field.step(at)
    assert with_homes.state.p_kw[0] - plain.state.p_kw[0] == pytest.approx(50.0)
    head = int(np.argmax(np.abs(plain.state.grid.transformer_p_high_kw - with_homes.state.grid.transformer_p_high_kw)))
    fallen = plain.state.grid.transformer_p_high_kw[head] - with_homes.state.grid.transformer_p_high_kw[head]
    assert 10.0 < fallen < 60.0


def test_homes_that_fall_silent_are_forgotten():
    homes = HomesInField(town())
    homes.tell({town().loads[0].mrid: 10.0}, 0)
    p_kw, q_kvar = np.zeros(20), np.zeros(20)
    homes.apply(p_kw, q_kvar, FORGOTTEN_US + 1)
    assert not p_kw.any()


def test_a_consumer_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="no consumer nobody"):
        HomesInField(town()).tell({"nobody": 1.0}, 0)


def test_homes_learn_the_clock_of_the_field(tmp_path):
    field = _field()

    async def talk():
        async with served(field.world.homes, tmp_path / "s", field.told_time):
            line = FieldLine(tmp_path / "s")
            told = await line.tell({field.case.loads[0].mrid: 3.0})
            line.close()
            return told

    told = asyncio.run(talk())
    assert told.profile_s(START.timestamp() + 10) == field.clock.at(START + timedelta(seconds=10)).timestamp()
    assert field.world.homes.more_kw[0] == 3.0


def test_without_a_field_there_is_no_clock(tmp_path):
    assert asyncio.run(FieldLine(tmp_path / "nowhere").tell({})) is None
