"""Parts that live without the grid: no alarm, no customers without supply, and nothing made up about their flows."""

from uuid import UUID

import numpy as np
import pytest

from apps.alarms.choices import Condition
from apps.assets import selectors as assets
from apps.state import frames, islands
from apps.state.choices import Provenance, Supply
from apps.state.selectors.elements import element_state
from tests.apps.state.test_scan import NOON, room, standing

pytestmark = pytest.mark.django_db


def test_a_part_that_lives_by_its_own_means_is_not_told_as_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    def all_live(*, as_of: object) -> dict[str, str]:
        model = assets.current_model()
        assert model
        return dict.fromkeys(assets.assembled(model).nodes.mrid, "Harbour")

    monkeypatch.setattr(islands, "_tellers", {"test": all_live})
    solution = room("feeder-fault").run(NOON, seconds=40)

    status = frames.decode(solution.frame).node_status
    alone = (status & 0b11) == Supply.UNOBSERVABLE
    assert alone.any()
    assert not ((status & 0b11) == Supply.DEAD).any()
    assert set((status[alone] >> 2 & 0b111).tolist()) == {Provenance.NONE}
    assert np.isnan(frames.decode(solution.frame).node_voltage_pu[alone]).all()
    assert solution.system["customers_without_supply"] == 0
    assert Condition.LOSS_OF_SUPPLY not in standing()
    (told,) = solution.system["islands"]
    assert told["name"] == "Harbour"
    assert told["customers"] > 0
    model = assets.current_model()
    assert model
    mrid = assets.assembled(model).nodes.mrid[int(np.flatnonzero(alone)[0])]
    document = element_state(UUID(mrid), as_of=NOON)
    assert document
    assert (document["supply"], document["supplied_by"]) == ("unobservable", "Harbour")


def test_who_tells_of_islands_is_not_asked_while_nothing_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(islands, "_tellers", {"test": lambda *, as_of: asked.append(as_of) or {}})
    assert room().step(NOON).system["islands"] == []
    assert asked == []
