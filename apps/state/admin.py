from django.contrib import admin

from apps.audit.admin_base import ReadOnlyAdmin
from apps.state.models import LookAhead, SecurityRun, Solution


@admin.register(Solution)
class SolutionAdmin(ReadOnlyAdmin):
    """A record of what was computed; nobody writes it by hand."""

    list_display = ["as_of", "outcome", "duration_ms", "network_model", "reason"]
    list_filter = ["outcome"]
    list_select_related = ["network_model"]
    ordering = ["-id"]
    exclude = ["frame"]
    show_full_result_count = False


@admin.register(SecurityRun)
class SecurityRunAdmin(ReadOnlyAdmin):
    list_display = ["as_of", "outcome", "trigger", "outages", "insecure", "duration_ms"]
    list_filter = ["outcome", "trigger"]
    ordering = ["-id"]


@admin.register(LookAhead)
class LookAheadAdmin(ReadOnlyAdmin):
    list_display = ["as_of", "outcome", "futures", "expected_from", "duration_ms"]
    list_filter = ["outcome"]
    ordering = ["-id"]
