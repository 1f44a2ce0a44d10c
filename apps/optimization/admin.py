from django.contrib import admin

from apps.audit.admin_base import ReadOnlyAdmin
from apps.optimization.models import OptimizationRun


@admin.register(OptimizationRun)
class OptimizationRunAdmin(ReadOnlyAdmin):
    list_display = ["as_of", "trigger", "outcome", "text", "tried", "proposed", "duration_ms"]
    list_filter = ["outcome", "trigger"]
    date_hierarchy = "as_of"
    exclude = ["base"]
