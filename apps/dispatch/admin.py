from django.contrib import admin

from apps.audit.admin_base import ReadOnlyAdmin
from apps.dispatch.models import Tag


@admin.register(Tag)
class TagAdmin(ReadOnlyAdmin):
    list_display = ["placed_at", "kind", "equipment_name", "reason", "placed_by", "removed_at", "removed_by"]
    list_filter = ["kind"]
    search_fields = ["equipment_name", "reason"]
    date_hierarchy = "placed_at"
