"""A newcomer's city is forecast soon after its first start, by its own workers, from a model of its own past."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.journeys import site as sites
from tests.journeys.site import Person, Site
from tests.waiting import eventually

PATIENCE_S = 300


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, cases: Path) -> Iterator[Site]:
    """In real time, so that it has a past."""
    site = sites.start(tmp_path_factory.mktemp("forecasts") / "var", cases=cases, speed=1)
    yield site
    assert site.stop() == 0, site.tails()


def forecast(person: Person) -> list[dict]:
    """The series that have a forecast."""
    page = person.read("/api/v1/forecasts/series", limit=200)
    return page["results"] if page["run"] else []


def test_a_fan_chart_of_a_trained_model_shows_after_the_first_start(city: Site, tell: Callable[[str], None]) -> None:
    begun = time.monotonic()
    viewer = eventually(lambda: city.person("viewer"), patience_s=PATIENCE_S, what="somebody signs in")
    seen: set[str] = set()

    def is_trained() -> bool:
        rows = viewer.read("/api/v1/forecasts/trainings")
        rows = rows if isinstance(rows, list) else rows["results"]
        seen.update(row["stage"] for row in rows)
        return any(row["outcome"] == "done" for row in rows)

    eventually(is_trained, patience_s=PATIENCE_S, what="a model is trained")
    assert len(seen) > 1, f"progress could be watched, and was: {seen}"
    series = eventually(lambda: forecast(viewer), patience_s=PATIENCE_S, what="a forecast is issued")
    tell(f"a forecast {time.monotonic() - begun:.0f} s after the page answered")
    whole = next(one for one in series if (one["subject"], one["quantity"]) == ("system", "net_load"))
    fan = viewer.read(f"/api/v1/forecasts/series/{whole['id']}/forecast")
    assert len(fan["t"]) == 2 * 96
    assert all(low <= high for low, high in zip(fan["quantiles"]["0.05"], fan["quantiles"]["0.95"], strict=True))
    past = viewer.read(f"/api/v1/forecasts/series/{whole['id']}/actual")
    assert any(value is not None for value in past["kw"])
    models = viewer.read("/api/v1/forecasts/models")
    models = models if isinstance(models, list) else models["results"]
    assert models[0]["status"] == "active"
    assert models[0]["scores"]["pinball"] < models[0]["scores"]["last_week"]
