"""A small version of the study of components."""

from tests.engine.forecasting.made_load import made_load
from tests.studies.components import figures, row


def test_the_table_tells_how_often_a_part_is_found_and_what_is_claimed_without_reason() -> None:
    cells = row("sun", [made_load(solar_kw=120.0, days=60, seed=seed) for seed in (1, 2)]).split("|")
    assert cells[3].strip().startswith("2 of 2, ")
    assert cells[4].strip() == "none there, none claimed"


def test_weather_that_errs_makes_parts_too_small() -> None:
    size = {
        error: figures(made_load(solar_kw=120.0, days=60, weather_error=error))["solar"][1] for error in (0.0, 0.25)
    }
    assert size[0.25] < 0.85 * size[0.0]
