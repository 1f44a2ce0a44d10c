from django.contrib import admin

from apps.audit.admin_base import AuditedModelAdmin, ReadOnlyAdmin
from apps.resilience.models import AssetCondition, HazardModel, RiskRun


@admin.register(AssetCondition)
class AssetConditionAdmin(AuditedModelAdmin):
    """Ages, vegetation, exposure: whatever people know of an asset, with who says so."""

    list_display = ["name", "mrid", "commissioned_on", "vegetation", "exposure", "source"]
    list_filter = ["vegetation", "exposure"]
    search_fields = ["name", "mrid"]


@admin.register(HazardModel)
class HazardModelAdmin(ReadOnlyAdmin):
    list_display = ["kind", "as_of", "records", "needed", "reason"]
    list_filter = ["kind"]


@admin.register(RiskRun)
class RiskRunAdmin(ReadOnlyAdmin):
    list_display = ["as_of", "outcome", "reason", "is_of_the_day", "duration_ms"]
    list_filter = ["outcome"]
