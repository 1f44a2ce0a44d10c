from apps.resilience.models.risk import AssetCondition, HazardModel, RiskElement, RiskRun, RiskScore
from apps.resilience.models.studio import StudioRun
from apps.resilience.models.threat import Finding, FindingQuerySet, HazardArea, ReadingHabit
from apps.resilience.models.vulnerability import Advisory, FieldDevice

__all__ = [
    "Advisory",
    "AssetCondition",
    "FieldDevice",
    "Finding",
    "FindingQuerySet",
    "HazardArea",
    "HazardModel",
    "ReadingHabit",
    "RiskElement",
    "RiskRun",
    "RiskScore",
    "StudioRun",
]
