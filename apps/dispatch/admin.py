from django.contrib import admin

from apps.audit.admin_base import ReadOnlyAdmin
from apps.dispatch.models import Order, Tag


@admin.register(Tag)
class TagAdmin(ReadOnlyAdmin):
    list_display = ["placed_at", "kind", "equipment_name", "reason", "placed_by", "removed_at", "removed_by"]
    list_filter = ["kind"]
    search_fields = ["equipment_name", "reason"]
    date_hierarchy = "placed_at"


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    list_display = ["selected_at", "act", "device_name", "status", "selected_by", "approved_by", "ended_at"]
    list_filter = ["status", "act"]
    search_fields = ["device_name", "purpose", "reason"]
    date_hierarchy = "selected_at"
