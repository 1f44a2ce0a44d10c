from django.contrib import admin

from apps.audit.admin_base import ReadOnlyAdmin
from apps.studies.models import Study, StudyRun


@admin.register(Study)
class StudyAdmin(ReadOnlyAdmin):
    list_display = ["name", "author", "created_at", "base_kind", "base_as_of", "status"]
    list_filter = ["status", "base_kind"]
    list_select_related = ["author"]
    exclude = ["base"]


@admin.register(StudyRun)
class StudyRunAdmin(ReadOnlyAdmin):
    list_display = ["study", "kind", "outcome", "made_at", "duration_ms", "text"]
    list_filter = ["kind", "outcome"]
    list_select_related = ["study"]
    exclude = ["frame", "result"]
