from django.contrib import admin
from django.http import HttpRequest

from apps.audit.admin_base import AuditedModelAdmin, ReadOnlyAdmin
from apps.storage.models import (
    BatteryCost,
    CapacityTest,
    EconomicCase,
    LifespanRun,
    LimitSetting,
    Rack,
    ReserveCommitment,
    SafetyLimit,
    SafetyState,
    SitePlan,
    StorageFleet,
    StoragePlant,
    StorageSchedule,
    StorageSite,
    WearPrice,
)


@admin.register(StorageFleet)
class StorageFleetAdmin(AuditedModelAdmin):
    list_display = ["name", "purpose", "import_kw", "export_kw", "limit_source"]


@admin.register(StoragePlant)
class StoragePlantAdmin(AuditedModelAdmin):
    list_display = ["name", "fleet", "chemistry", "energy_kwh", "charge_kw", "discharge_kw", "is_planned"]
    list_filter = ["fleet", "chemistry", "is_planned"]
    search_fields = ["name", "mrid"]

    def has_delete_permission(self, request: HttpRequest, obj: StoragePlant | None = None) -> bool:
        """Its schedules and settings would go with it; one that is not used is not planned."""
        return False


@admin.register(Rack)
class RackAdmin(AuditedModelAdmin):
    list_display = ["plant", "name", "energy_kwh", "mrid"]
    list_select_related = ["plant"]


@admin.register(SafetyLimit)
class SafetyLimitAdmin(AuditedModelAdmin):
    """The datasheet's own limits: who changes one cites the sheet. Narrowing them is for the plant's page."""

    list_display = ["plant", "name", "warn", "derate", "stop", "trip", "unit", "is_watched", "source"]
    list_filter = ["plant", "is_watched"]
    list_select_related = ["plant"]


@admin.register(LimitSetting)
class LimitSettingAdmin(ReadOnlyAdmin):
    list_display = ["plant", "name", "rung", "value", "reason", "set_by", "set_at", "lifted_at"]


@admin.register(SafetyState)
class SafetyStateAdmin(ReadOnlyAdmin):
    list_display = ["plant", "level", "charge_kw", "discharge_kw", "charge_by", "discharge_by", "tripped_at", "as_of"]


@admin.register(CapacityTest)
class CapacityTestAdmin(ReadOnlyAdmin):
    list_display = ["plant", "tested_at", "energy_kwh", "sigma_kwh", "entered_by"]


@admin.register(StorageSchedule)
class StorageScheduleAdmin(ReadOnlyAdmin):
    list_display = ["as_of", "plant", "horizon", "outcome", "reason", "cost", "currency", "cycles", "duration_ms"]
    list_filter = ["horizon", "outcome"]
    date_hierarchy = "as_of"
    exclude = ["power_kw", "soc", "stored_value", "price", "up_kw", "down_kw"]


@admin.register(StorageSite)
class StorageSiteAdmin(AuditedModelAdmin):
    """Behind one meter: who puts a plant there names the site at the plant."""

    list_display = ["name", "load", "sun", "tariff", "import_kw", "export_kw"]
    list_select_related = ["load", "sun"]
    raw_id_fields = ["load", "sun"]


@admin.register(SitePlan)
class SitePlanAdmin(ReadOnlyAdmin):
    list_display = ["as_of", "site", "horizon", "outcome", "cost", "cost_without", "cost_by_rule", "currency"]
    list_filter = ["site", "horizon", "outcome"]
    exclude = ["load_kw", "sun_kw", "net_kw", "net_without_kw", "net_by_rule_kw"]


@admin.register(ReserveCommitment)
class ReserveCommitmentAdmin(ReadOnlyAdmin):
    list_display = ["starts_at", "ends_at", "plant", "fleet", "up_kw", "down_kw", "backing_h", "source", "withdrawn_at"]
    list_select_related = ["plant", "fleet"]


@admin.register(WearPrice)
class WearPriceAdmin(ReadOnlyAdmin):
    list_display = ["as_of", "plant", "per_kwh", "depth_per_kwh", "basis"]
    list_select_related = ["plant"]


@admin.register(BatteryCost)
class BatteryCostAdmin(ReadOnlyAdmin):
    list_display = ["plant", "per_kwh", "currency", "discount_rate", "source", "entered_by", "entered_at"]


@admin.register(LifespanRun)
class LifespanRunAdmin(ReadOnlyAdmin):
    list_display = ["as_of", "plant", "outcome", "reason", "years", "low", "high", "test_count", "duration_ms"]
    list_filter = ["outcome"]
    date_hierarchy = "as_of"


@admin.register(EconomicCase)
class EconomicCaseAdmin(ReadOnlyAdmin):
    list_display = ["name", "plant", "made_by", "made_at", "state", "reason", "duration_ms"]
    list_filter = ["state"]
