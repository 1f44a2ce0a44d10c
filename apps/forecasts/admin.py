from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils import timezone

from apps.accounts.choices import Permission
from apps.accounts.models import User
from apps.audit.admin_base import AuditedModelAdmin, ReadOnlyAdmin
from apps.forecasts.models import CalendarDay, DataFault, ForecastRun, ModelVersion, Regressor, Series, Training
from apps.forecasts.services.registry import CannotBeUsed, put_in_use


@admin.register(Series)
class SeriesAdmin(AuditedModelAdmin):
    """Series come and go with the network; what no network says of a plant is told here."""

    list_display = ["name", "subject", "quantity", "parent", "is_whole", "rated_kw", "is_active"]
    list_filter = ["subject", "quantity", "is_active", "is_whole"]
    search_fields = ["name", "subject_mrid", "group"]
    list_select_related = ["parent"]
    fields = [
        *("name", "subject", "quantity", "subject_mrid", "parent", "is_whole", "is_active"),
        *("rated_kw", "group", "latitude", "longitude", "tilt_deg", "azimuth_deg"),
    ]
    readonly_fields = [name for name in fields if name not in {"tilt_deg", "azimuth_deg"}]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Series | None = None) -> bool:
        return False


@admin.register(CalendarDay)
class CalendarDayAdmin(AuditedModelAdmin):
    """Public holidays come by themselves; school, events and the like are told here or by import_calendar."""

    list_display = ["day", "name", "kind", "value"]
    list_filter = ["kind"]
    search_fields = ["name"]
    date_hierarchy = "day"
    ordering = ["-day"]


@admin.register(Regressor)
class RegressorAdmin(AuditedModelAdmin):
    """Factors are imported by import_calendar; a value counts from when it was known."""

    list_display = ["name", "day", "value", "known_at"]
    list_filter = ["name"]
    ordering = ["name", "-day"]


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ["number", "status", "trained_at", "series_count", "rows", "reason"]
    list_filter = ["status"]
    ordering = ["-number"]
    exclude = ["content"]
    actions = ["use"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("content")

    @admin.action(description="Put the chosen model in use")
    def use(self, request: HttpRequest, queryset: Any) -> None:
        user = request.user
        if not isinstance(user, User) or not user.may(Permission.MANAGE_MODELS):
            messages.error(request, "Your role does not put models in use.")
        elif len(queryset) != 1:
            messages.error(request, "Choose one model.")
        else:
            _put_in_use(request, queryset[0], user)


def _put_in_use(request: HttpRequest, model: ModelVersion, user: User) -> None:
    try:
        put_in_use(model_id=model.pk, by=user, as_of=timezone.now())
    except CannotBeUsed as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"Model {model.number} forecasts from the next issue on.")


@admin.register(Training)
class TrainingAdmin(ReadOnlyAdmin):
    list_display = ["begun_at", "ended_at", "outcome", "stage", "reason"]
    list_filter = ["outcome"]
    ordering = ["-begun_at"]


@admin.register(ForecastRun)
class ForecastRunAdmin(ReadOnlyAdmin):
    list_display = ["as_of", "horizon", "model_version", "rungs", "duration_ms"]
    list_filter = ["horizon"]
    list_select_related = ["model_version"]
    ordering = ["-as_of"]
    show_full_result_count = False


@admin.register(DataFault)
class DataFaultAdmin(ReadOnlyAdmin):
    list_display = ["series", "fault", "begins_at", "ends_at", "size"]
    list_filter = ["fault"]
    list_select_related = ["series"]
    ordering = ["-begins_at"]
