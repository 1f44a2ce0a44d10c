from django.contrib import admin

from apps.audit.admin_base import ReadOnlyAdmin
from apps.impact.models import ArmRun, Cycle, Study


@admin.register(Study)
class ImpactStudyAdmin(ReadOnlyAdmin):
    list_display = ["network", "seeds", "days", "state", "is_valid", "asked_at", "finished_at"]
    list_filter = ["state", "is_valid"]


@admin.register(ArmRun)
class ArmRunAdmin(ReadOnlyAdmin):
    list_display = ["tape", "arm", "without", "purpose", "state", "tries", "worker", "wall_total_s"]
    list_filter = ["state", "arm"]


@admin.register(Cycle)
class CycleAdmin(ReadOnlyAdmin):
    list_display = ["starts_at", "outcome", "is_settled", "gathered_at", "duration_ms"]
    list_filter = ["outcome"]
