from apps.efficiency.models.cvr import CvrDay, CvrExperiment
from apps.efficiency.models.loss import LossRun, LossSuspect
from apps.efficiency.models.programs import (
    EfficiencyMeasure,
    EfficiencySite,
    MeasureEnrolment,
    SiteDay,
    VerifiedSaving,
)

__all__ = [
    "CvrDay",
    "CvrExperiment",
    "EfficiencyMeasure",
    "EfficiencySite",
    "LossRun",
    "LossSuspect",
    "MeasureEnrolment",
    "SiteDay",
    "VerifiedSaving",
]
