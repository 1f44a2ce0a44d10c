from django.contrib import admin

from apps.audit.admin_base import ReadOnlyAdmin
from apps.logbook.models import HandOver, Note


@admin.register(Note)
class NoteAdmin(ReadOnlyAdmin):
    list_display = ["at", "author", "text", "equipment_name", "is_open"]
    list_filter = ["is_open"]
    search_fields = ["text", "equipment_name", "author__username"]
    date_hierarchy = "at"


@admin.register(HandOver)
class HandOverAdmin(ReadOnlyAdmin):
    list_display = ["outgoing_at", "outgoing", "incoming_at", "incoming", "stage", "digest"]
    list_filter = ["stage"]
    date_hierarchy = "outgoing_at"
