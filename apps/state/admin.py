from django.contrib import admin

from apps.audit.admin_base import ReadOnlyAdmin
from apps.state.models import Solution


@admin.register(Solution)
class SolutionAdmin(ReadOnlyAdmin):
    """A record of what was computed; nobody writes it by hand."""

    list_display = ["as_of", "outcome", "duration_ms", "network_model", "reason"]
    list_filter = ["outcome"]
    list_select_related = ["network_model"]
    ordering = ["-id"]
    exclude = ["frame"]
    show_full_result_count = False
