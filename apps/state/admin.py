from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from apps.state.models import Solution


@admin.register(Solution)
class SolutionAdmin(ModelAdmin):
    """A record of what was computed; nobody writes it by hand."""

    list_display = ["as_of", "outcome", "duration_ms", "network_model", "reason"]
    list_filter = ["outcome"]
    list_select_related = ["network_model"]
    ordering = ["-id"]
    exclude = ["frame"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Solution | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Solution | None = None) -> bool:
        return False
