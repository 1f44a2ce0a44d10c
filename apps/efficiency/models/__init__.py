from apps.efficiency.models.cvr import CvrDay, CvrExperiment
from apps.efficiency.models.loss import LossRun, LossSuspect

__all__ = [
    "CvrDay",
    "CvrExperiment",
    "LossRun",
    "LossSuspect",
]
