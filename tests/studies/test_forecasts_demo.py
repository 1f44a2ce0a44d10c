"""The study of docs/studies/forecasts-demo.md in small: two feeders, their station, a solar plant, a customer."""

import pytest

from apps.forecasts.selectors.inputs import active_series, history_of, panel_known
from tests.factories.histories import NOW, TINY, with_past
from tests.studies.forecasts_demo import kinds, table

pytestmark = pytest.mark.django_db


def test_every_kind_is_told_and_no_edge_is_a_cliff() -> None:
    with_past()
    history = history_of(active_series(), days=50, as_of=NOW)
    panel, _ = panel_known(history, groups=sorted({one.group for one in history.series}), as_of=NOW, is_past=True)

    found, seconds = kinds(history, panel, TINY)

    assert seconds > 0
    assert {one.name for one in found} == {
        "customer load",
        "feeder net load net_load",
        "plant pv",
        "substation net load",
    }
    for one in found:
        # Clouds are drawn anew each day here and nobody forecasts them: what last week had of them is luck.
        assert one.to_week < (1.6 if one.name == "plant pv" else 1.0)
        assert one.cliff < 0.05
        assert one.coverage_80 < one.coverage_90
    assert "| plant pv | 1 |" in table(found)
