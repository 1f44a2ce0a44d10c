from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from apps.alarms.models import Alarm


@admin.register(Alarm)
class AlarmAdmin(ModelAdmin):
    """To look, not to touch: alarms change through facts and acknowledgements alone."""

    list_display = ["equipment_name", "condition", "priority", "base_state", "occurrence", "raised_at"]
    list_filter = ["base_state", "priority", "condition"]
    search_fields = ["equipment_name", "path", "message", "source"]
    ordering = ["priority", "-raised_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Alarm | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Alarm | None = None) -> bool:
        return False
