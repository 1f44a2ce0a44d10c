from django.contrib import admin

from apps.audit.admin_base import ReadOnlyAdmin
from apps.pipelines.models import Attempt


@admin.register(Attempt)
class AttemptAdmin(ReadOnlyAdmin):
    list_display = ["name", "count", "first_at", "last_at", "given_up_at", "reason"]
    list_filter = ["name"]
