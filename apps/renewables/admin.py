from django.contrib import admin
from django.http import HttpRequest

from apps.audit.admin_base import AuditedModelAdmin, ReadOnlyAdmin
from apps.renewables.models import Curtailment, IntegrationDay, Portfolio, RenewablePlant, ReserveDay, StabilityArea


@admin.register(Portfolio)
class PortfolioAdmin(AuditedModelAdmin):
    list_display = ["name", "zone"]
    list_select_related = ["zone"]


@admin.register(RenewablePlant)
class RenewablePlantAdmin(AuditedModelAdmin):
    """Which portfolio a plant is in, and the rules of its own that its papers tell; the rest follows the network."""

    list_display = ["name", "kind", "portfolio", "rated_kw", "reduces_from_pu", "stops_below_price", "is_active"]
    list_filter = ["portfolio", "kind", "is_active"]
    list_select_related = ["portfolio"]
    search_fields = ["name", "mrid"]
    fields = ["name", "portfolio", "reduces_from_pu", "stops_below_price", "source"]
    readonly_fields = ["name"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They come from the network, with the series that are forecast."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RenewablePlant | None = None) -> bool:
        return False


@admin.register(Curtailment)
class CurtailmentAdmin(ReadOnlyAdmin):
    list_display = ["starts_at", "plant", "kwh", "cause", "words"]
    list_filter = ["cause"]
    list_select_related = ["plant"]


@admin.register(IntegrationDay)
class IntegrationDayAdmin(ReadOnlyAdmin):
    list_display = ["day", "portfolio", "available_kwh", "used_kwh", "curtailed_kwh", "known_share"]
    list_filter = ["portfolio"]
    list_select_related = ["portfolio"]


@admin.register(ReserveDay)
class ReserveDayAdmin(ReadOnlyAdmin):
    list_display = ["day", "quarters", "within", "above", "below", "level"]


@admin.register(StabilityArea)
class StabilityAreaAdmin(AuditedModelAdmin):
    """What is written about the machines, the load and the limits of the area, with the paper that says so."""

    list_display = ["name", "is_active", "kinetic_kws", "load_kw", "limit_hz", "source"]
