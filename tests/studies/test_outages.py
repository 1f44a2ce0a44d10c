"""The typhoons of the study, each foreseen from the others."""

import numpy as np

from gridops.engine.reliability.hazard.scores import brier, skill
from tests.factories.shared_data import shared_file
from tests.studies.outages import STORMS, leave_one_out, townships


def test_each_typhoon_is_foreseen_from_the_others_better_than_by_gust_alone() -> None:
    directory = shared_file("taiwan_typhoon_outages_by_village.csv.gz").parent
    towns = townships(directory)
    assert len(towns.happened) == 368 * len(STORMS)
    said = leave_one_out(towns)
    scores = {name: brier(p, towns.happened) for name, p in said.items()}
    assert scores["logistic"] < 0.155  # an independent fit of eight features on the same rows
    assert skill(scores["logistic"], scores["base rate"]) > 0.40
    assert scores["logistic"] < scores["fragility"] < scores["wind rule"] < scores["base rate"]
    assert all(np.isfinite(p).all() for p in said.values())
