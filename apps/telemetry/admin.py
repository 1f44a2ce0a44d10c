from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from apps.telemetry.models import Gateway, MeasurementPoint, PointLimit


@admin.register(Gateway)
class GatewayAdmin(ModelAdmin):
    list_display = ["name", "protocol", "host", "port", "is_enabled", "link_state", "link_since"]
    readonly_fields = ["link_state", "link_reason", "link_since"]


class PointLimitInline(TabularInline):
    model = PointLimit
    extra = 0


@admin.register(MeasurementPoint)
class MeasurementPointAdmin(ModelAdmin):
    list_display = ["name", "quantity", "unit", "gateway", "common_address", "ioa"]
    list_filter = ["gateway", "quantity"]
    search_fields = ["name", "mrid", "equipment_mrid"]
    readonly_fields = ["mrid", "gateway", "slot"]
    list_select_related = ["gateway"]
    inlines = [PointLimitInline]
