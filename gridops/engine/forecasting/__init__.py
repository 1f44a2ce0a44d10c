"""Probabilistic forecasts of load, generation and their net: features, models, calibration, scores, backtests."""

from gridops.engine.forecasting.backtest import Backtest, Gate, Issued
from gridops.engine.forecasting.baselines import REPETITIONS, last_value, last_week, with_errors
from gridops.engine.forecasting.clock import Clock
from gridops.engine.forecasting.combined import NothingToLearn
from gridops.engine.forecasting.features import Record
from gridops.engine.forecasting.metrics import Scores, scores

__all__ = [
    "REPETITIONS",
    "Backtest",
    "Clock",
    "Gate",
    "Issued",
    "NothingToLearn",
    "Record",
    "Scores",
    "last_value",
    "last_week",
    "scores",
    "with_errors",
]
