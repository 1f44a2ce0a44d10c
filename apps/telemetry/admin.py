from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from unfold.admin import TabularInline
from unfold.decorators import action

from apps.audit.admin_base import AuditedModelAdmin
from apps.telemetry.forms import GatewayForm
from apps.telemetry.models import ControlPoint, Gateway, MeasurementPoint, PointLimit, RetentionPolicy
from apps.telemetry.services.points import configuration_changed


@admin.register(Gateway)
class GatewayAdmin(AuditedModelAdmin):
    """An enabled gateway gets its process within seconds; a change makes it take up the link anew."""

    form = GatewayForm
    actions_detail = ["point_map", "import_map"]
    list_display = ["name", "protocol", "host", "port", "is_enabled", "link_state", "link_since"]
    list_filter = ["protocol", "is_enabled", "link_state"]
    search_fields = ["name", "host"]
    readonly_fields = ["link_state", "link_reason", "link_since"]

    @action(description="Point map as CSV")
    def point_map(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return redirect("telemetry:point-map", object_id)

    @action(description="Import a point map")
    def import_map(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return redirect("control_room:point_map", get_object_or_404(Gateway, pk=object_id).name)

    def save_model(self, request: HttpRequest, obj: Gateway, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        configuration_changed(gateway=obj)


class PointLimitInline(TabularInline):
    model = PointLimit
    extra = 0


class ControlPointInline(TabularInline):
    model = ControlPoint
    fields = [
        "kind",
        "form",
        "address",
        "low",
        "high",
        "is_critical",
        "critical_kw",
        "feedback",
        "tolerance",
        "feedback_s",
    ]
    extra = 0


@admin.register(MeasurementPoint)
class MeasurementPointAdmin(AuditedModelAdmin):
    """Points come and go with the gateway's signal list; their tolerances and limits are tended here."""

    list_display = ["name", "quantity", "unit", "gateway", "address"]
    list_filter = ["gateway", "quantity"]
    search_fields = ["name", "address", "mrid", "equipment_mrid"]
    readonly_fields = ["mrid", "gateway", "slot", "equipment_mrid", "side", "quantity", "unit", "address"]
    list_select_related = ["gateway"]
    inlines = [PointLimitInline, ControlPointInline]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: MeasurementPoint | None = None) -> bool:
        return False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        configuration_changed(gateway=form.instance.gateway)


@admin.register(RetentionPolicy)
class RetentionPolicyAdmin(AuditedModelAdmin):
    """One row a class of data; nobody adds or removes one."""

    list_display = ["data_class", "keep_days", "dropped_before"]
    readonly_fields = ["data_class", "dropped_before"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RetentionPolicy | None = None) -> bool:
        return False

    def audited_detail(self, obj: RetentionPolicy) -> dict[str, Any]:
        return {"keep_days": obj.keep_days}
