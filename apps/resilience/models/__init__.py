from apps.resilience.models.threat import Finding, FindingQuerySet, HazardArea, ReadingHabit
from apps.resilience.models.vulnerability import Advisory, FieldDevice

__all__ = ["Advisory", "FieldDevice", "Finding", "FindingQuerySet", "HazardArea", "ReadingHabit"]
