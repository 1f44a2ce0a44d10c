from django.contrib import admin

from apps.alarms.models import Alarm
from apps.audit.admin_base import ReadOnlyAdmin


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyAdmin):
    """To look, not to touch: alarms change through facts and acknowledgements alone."""

    list_display = ["equipment_name", "condition", "priority", "base_state", "occurrence", "raised_at"]
    list_filter = ["base_state", "priority", "condition"]
    search_fields = ["equipment_name", "path", "message", "source"]
    ordering = ["priority", "-raised_at"]
