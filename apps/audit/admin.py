from typing import Any

from django.contrib import admin
from django.utils.html import format_html

from apps.audit.admin_base import ReadOnlyAdmin
from apps.audit.chain import pretty
from apps.audit.models import AuditEvent


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ["id", "at", "actor_name", "actor_role", "action", "target", "source_ip"]
    list_filter = ["action", "actor_role"]
    search_fields = ["actor_name", "action", "target"]
    date_hierarchy = "at"
    show_full_result_count = False
    fields = ["id", "at", "actor_name", "actor_role", "action", "target", "what", "source_ip", "previous_hash", "hash"]
    readonly_fields = fields

    @admin.display(description="Detail")
    def what(self, event: AuditEvent) -> Any:
        return format_html("<pre>{}</pre>", pretty(event.detail))
