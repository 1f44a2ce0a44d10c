from django.contrib import admin

from apps.audit.admin_base import ReadOnlyAdmin
from apps.dispatch.models import (
    Autonomy,
    Call,
    CallReceipt,
    Congestion,
    Course,
    HoursAhead,
    Order,
    Proposal,
    Receipt,
    Tag,
    Trouble,
)


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


@admin.register(Trouble)
class TroubleAdmin(ReadOnlyAdmin):
    list_display = ["began_at", "breach", "place", "value", "limit", "unit", "ended_at"]
    list_filter = ["breach", "origin"]
    date_hierarchy = "began_at"


@admin.register(Proposal)
class ProposalAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "desk", "kind", "title", "status", "decided_by"]
    list_filter = ["status", "desk", "kind"]
    search_fields = ["title"]
    date_hierarchy = "created_at"


@admin.register(Course)
class CourseAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "desk", "kind", "device_name", "status", "reason", "decided_by", "executor"]
    list_filter = ["status", "desk", "kind"]
    search_fields = ["device_name", "title"]
    date_hierarchy = "created_at"


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    list_display = ["due_at", "desk", "kind", "outcome", "is_taken", "expected", "realised", "unit", "is_inside"]
    list_filter = ["outcome", "desk", "kind", "is_taken"]


@admin.register(Autonomy)
class AutonomyAdmin(ReadOnlyAdmin):
    list_display = ["desk", "feeder_name", "mode", "set_by", "set_at", "reason"]
    list_filter = ["mode", "desk"]


@admin.register(HoursAhead)
class HoursAheadAdmin(ReadOnlyAdmin):
    list_display = ["as_of", "outcome", "reason", "expected_from", "duration_ms"]
    list_filter = ["outcome"]
    date_hierarchy = "as_of"
    exclude = ["points", "import_kw", "export_kw", "expected_kw", "asked_kw"]


@admin.register(Congestion)
class CongestionAdmin(ReadOnlyAdmin):
    list_display = ["state_of", "breach", "element_name", "is_now", "value", "limit", "unit", "relief_kw"]
    list_filter = ["breach", "is_now"]
    exclude = ["prices"]


@admin.register(Call)
class CallAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "title", "program_name", "status", "verdict", "customers", "decided_by"]
    list_filter = ["status", "verdict", "aim"]
    search_fields = ["title", "program_name"]
    date_hierarchy = "starts_at"


@admin.register(CallReceipt)
class CallReceiptAdmin(ReadOnlyAdmin):
    list_display = ["measured_at", "call", "outcome", "promised_kw_p50", "delivered_kw", "method"]
    list_filter = ["outcome"]
