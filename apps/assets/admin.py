from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from apps.assets.models import (
    ACLineSegment,
    BatteryUnit,
    ConnectivityNode,
    EnergyConsumer,
    EnergySource,
    Feeder,
    GeneratingUnit,
    LinearShuntCompensator,
    LoadProfile,
    NetworkModel,
    OperationalLimit,
    PowerTransformer,
    Substation,
    Switch,
)

_PROBLEMS_SHOWN = 200


class Imported(ModelAdmin):
    """Rows come from a source; a change belongs there, else the next import would undo it."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OfCurrentModel(Imported):
    """Only the version in use: thousands of rows of earlier ones would hide it."""

    search_fields = ["name", "=mrid"]
    ordering = ["index"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).filter(model__in=NetworkModel.objects.current())
        return rows


@admin.register(NetworkModel)
class NetworkModelAdmin(Imported):
    list_display = ["name", "id", "source", "status", "live_from", "live_until", "imported_at"]
    list_filter = ["status", "schematic"]
    search_fields = ["name", "source", "digest"]
    date_hierarchy = "imported_at"
    fields = [
        "name",
        "source",
        "licence",
        "status",
        "live_from",
        "live_until",
        "author",
        "approved_by",
        "note",
        "rejection_reason",
        "imported_at",
        "schematic",
        "digest",
        "counted",
        "found_wrong",
    ]
    readonly_fields = ["counted", "found_wrong"]

    @admin.display(description="Counts")
    def counted(self, model: NetworkModel) -> SafeString:
        return format_html_join("", "{}: {}<br>", ((name, f"{count:,}") for name, count in model.counts.items()))

    @admin.display(description="Problems found")
    def found_wrong(self, model: NetworkModel) -> SafeString:
        shown = model.problems[:_PROBLEMS_SHOWN]
        lines = format_html_join(
            "", "<li>{}: {} {}</li>", ((row["severity"], row["element"], row["text"]) for row in shown)
        )
        left = len(model.problems) - len(shown)
        return format_html("<ul>{}</ul>{}", lines, f"and {left:,} more" if left else "")


@admin.register(Substation)
class SubstationAdmin(OfCurrentModel):
    list_display = ["name", "nominal_kv", "longitude", "latitude"]
    list_filter = ["nominal_kv"]


@admin.register(Feeder)
class FeederAdmin(OfCurrentModel):
    list_display = ["name", "substation", "nominal_kv", "customers"]
    list_filter = ["nominal_kv", "substation"]
    list_select_related = ["substation"]


@admin.register(ConnectivityNode)
class ConnectivityNodeAdmin(OfCurrentModel):
    list_display = ["name", "nominal_kv", "substation", "feeder", "is_busbar", "is_terminal"]
    list_filter = ["nominal_kv", "is_busbar", "is_terminal"]
    list_select_related = ["substation", "feeder"]


@admin.register(ACLineSegment)
class ACLineSegmentAdmin(OfCurrentModel):
    list_display = ["name", "feeder", "length_km", "rated_a", "from_node", "to_node"]
    list_filter = ["from_node__nominal_kv"]
    list_select_related = ["feeder", "from_node", "to_node"]


@admin.register(PowerTransformer)
class PowerTransformerAdmin(OfCurrentModel):
    list_display = ["name", "substation", "rated_s_kva", "high_kv", "low_kv", "tap_position", "is_regulating"]
    list_filter = ["is_regulating", "high_kv", "low_kv"]
    list_select_related = ["substation"]


@admin.register(Switch)
class SwitchAdmin(OfCurrentModel):
    list_display = ["name", "kind", "normal_closed", "substation", "from_node", "to_node"]
    list_filter = ["kind", "normal_closed"]
    list_select_related = ["substation", "from_node", "to_node"]


@admin.register(EnergySource)
class EnergySourceAdmin(OfCurrentModel):
    list_display = ["name", "node", "voltage_pu", "angle_deg"]
    list_select_related = ["node"]


class WithProfile(OfCurrentModel):
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("node", "profile")
        return rows.defer("profile__values_p", "profile__values_q")


@admin.register(EnergyConsumer)
class EnergyConsumerAdmin(WithProfile):
    list_display = ["name", "node", "p_kw", "q_kvar", "profile", "customers", "customers_derived"]
    list_filter = ["customers_derived"]


@admin.register(GeneratingUnit)
class GeneratingUnitAdmin(WithProfile):
    list_display = ["name", "kind", "node", "p_kw", "rated_s_kva", "profile"]
    list_filter = ["kind"]


@admin.register(BatteryUnit)
class BatteryUnitAdmin(WithProfile):
    list_display = ["name", "node", "p_kw", "rated_s_kva", "capacity_kwh", "profile"]


@admin.register(LinearShuntCompensator)
class LinearShuntCompensatorAdmin(OfCurrentModel):
    list_display = ["name", "node", "p_kw", "q_kvar"]
    list_select_related = ["node"]


@admin.register(OperationalLimit)
class OperationalLimitAdmin(Imported):
    list_display = ["nominal_kv", "low_pu", "high_pu", "model"]
    list_filter = ["model__status"]
    list_select_related = ["model"]


@admin.register(LoadProfile)
class LoadProfileAdmin(Imported):
    list_display = ["name", "step_s", "start_at", "mean_p", "std_p"]
    search_fields = ["name"]
    exclude = ["values_p", "values_q"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).filter(model__in=NetworkModel.objects.current())
        return rows.defer("values_p", "values_q")
