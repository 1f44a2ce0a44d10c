from django.contrib import admin
from django.http import HttpRequest

from apps.audit.admin_base import AuditedModelAdmin
from apps.microgrids.models import IslandingSettings, Microgrid, MicrogridMember, ReadinessTerms, ScheduleTerms


@admin.register(Microgrid)
class MicrogridAdmin(AuditedModelAdmin):
    list_display = ["name", "is_active", "coupling_switch_mrid", "forming_mrid", "controller_gateway", "version"]
    list_filter = ["is_active"]
    list_select_related = ["controller_gateway"]
    search_fields = ["name", "mrid"]
    readonly_fields = ["version", "made_at", "changed_at"]

    def has_delete_permission(self, request: HttpRequest, obj: Microgrid | None = None) -> bool:
        """Its schedules and transitions would go with it; one that is not used is switched off."""
        return False


@admin.register(MicrogridMember)
class MicrogridMemberAdmin(AuditedModelAdmin):
    list_display = ["microgrid", "name", "kind", "priority", "rated_kw", "capacity_kwh", "fuel_kwh"]
    list_filter = ["microgrid", "kind", "priority"]
    list_select_related = ["microgrid"]
    search_fields = ["name", "element_mrid"]


@admin.register(ReadinessTerms)
class ReadinessTermsAdmin(AuditedModelAdmin):
    list_display = ["microgrid", "expected_outage_h", "outages_per_year", "least_soc"]
    list_select_related = ["microgrid"]


@admin.register(ScheduleTerms)
class ScheduleTermsAdmin(AuditedModelAdmin):
    list_display = ["microgrid", "wear_eur_per_kwh", "emissions_eur_per_kg", "peak_eur_per_kw", "proposes"]
    list_select_related = ["microgrid"]


@admin.register(IslandingSettings)
class IslandingSettingsAdmin(AuditedModelAdmin):
    list_display = ["microgrid", "enter_delay_s", "island_low_hz", "island_high_hz", "hours_wanted"]
    list_select_related = ["microgrid"]
