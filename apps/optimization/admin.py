from django.contrib import admin

from apps.audit.admin_base import AuditedModelAdmin, ReadOnlyAdmin
from apps.optimization.models import CostRate, OptimizationRun, StudyOptimum, VoltagePlan, VoltageSetting


@admin.register(OptimizationRun)
class OptimizationRunAdmin(ReadOnlyAdmin):
    list_display = ["as_of", "trigger", "outcome", "text", "tried", "proposed", "duration_ms"]
    list_filter = ["outcome", "trigger"]
    date_hierarchy = "as_of"
    exclude = ["base"]


@admin.register(CostRate)
class CostRateAdmin(AuditedModelAdmin):
    list_display = ["kind", "eur_per_kwh", "kg_co2_per_kwh", "source"]


@admin.register(VoltageSetting)
class VoltageSettingAdmin(ReadOnlyAdmin):
    """It is set on the voltage desk, where the audit and the areas of responsibility are asked."""

    list_display = ["feeder_name", "objective", "flat_pu", "most_operations_per_day", "set_by", "set_at"]
    list_filter = ["objective"]


@admin.register(VoltagePlan)
class VoltagePlanAdmin(ReadOnlyAdmin):
    list_display = ["as_of", "feeder_name", "objective", "is_confirmed", "finding", "duration_ms"]
    list_filter = ["objective", "is_confirmed"]
    date_hierarchy = "as_of"


@admin.register(StudyOptimum)
class StudyOptimumAdmin(ReadOnlyAdmin):
    list_display = ["study", "aim", "outcome", "asked_at", "duration_ms", "text"]
    list_filter = ["aim", "outcome"]
    list_select_related = ["study"]
    exclude = ["result"]
