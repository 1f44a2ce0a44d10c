from typing import Any

from django.contrib.admin.models import LogEntry
from django.db.models import Model
from django.http import HttpRequest
from django.utils import timezone
from unfold.admin import ModelAdmin

from apps.accounts import acts
from apps.accounts.models import User
from apps.accounts.permissions import source_ip


class AuditedModelAdmin(ModelAdmin):
    """What is changed in the administration is audited in the same transaction as the change."""

    list_per_page = 50

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        self._audit(request, obj, "added", message)
        entry: LogEntry = super().log_addition(request, obj, message)
        return entry

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> LogEntry:
        self._audit(request, obj, "changed", message)
        entry: LogEntry = super().log_change(request, obj, message)
        return entry

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            self._audit(request, obj, "deleted", str(obj))
        return super().log_deletions(request, queryset)

    def _audit(self, request: HttpRequest, obj: Model, what: str, message: Any) -> None:
        acts.record(
            actor=request.user if isinstance(request.user, User) else None,
            action=f"admin.{what}",
            target=f"{obj._meta.label_lower} {obj.pk}: {obj}",
            detail={"message": message, **self.audited_detail(obj)},
            at=timezone.now(),
            source_ip=source_ip(request),
        )

    def audited_detail(self, obj: Any) -> dict[str, Any]:
        """Values worth keeping beside the list of changed fields."""
        return {}


class ReadOnlyAdmin(ModelAdmin):
    """Records of what happened: nobody edits them here."""

    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
