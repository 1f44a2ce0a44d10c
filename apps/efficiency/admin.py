from django.contrib import admin

from apps.audit.admin_base import ReadOnlyAdmin
from apps.efficiency.models import LossRun, LossSuspect


@admin.register(LossRun)
class LossRunAdmin(ReadOnlyAdmin):
    list_display = ["day", "outcome", "hours_known", "reason", "as_of"]
    list_filter = ["outcome"]


@admin.register(LossSuspect)
class LossSuspectAdmin(ReadOnlyAdmin):
    list_display = ["mrid", "kind", "state", "probability", "found_at"]
    list_filter = ["state", "kind"]
