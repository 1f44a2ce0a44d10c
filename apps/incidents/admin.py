from django.contrib import admin

from apps.accounts.admin_base import AuditedModelAdmin
from apps.audit.admin_base import ReadOnlyAdmin
from apps.incidents.models import (
    Crew,
    CrewAssignment,
    Incident,
    IncidentEstimate,
    IncidentFact,
    IncidentSection,
    RestorationRun,
    SupplyReport,
)


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    list_display = ["number", "status", "kind", "place", "began_at", "customers", "customers_without", "cause"]
    list_filter = ["status", "kind", "trigger", "cause"]
    search_fields = ["number", "place", "feeder_name", "device_name"]
    date_hierarchy = "began_at"
    exclude = ["nodes", "open_before"]


@admin.register(IncidentFact)
class IncidentFactAdmin(ReadOnlyAdmin):
    list_display = ["at", "incident", "kind", "text", "by"]
    list_filter = ["kind"]
    search_fields = ["text", "equipment_name"]
    date_hierarchy = "at"


@admin.register(IncidentSection)
class IncidentSectionAdmin(ReadOnlyAdmin):
    list_display = ["incident", "rank", "name", "probability", "is_confirmed", "is_isolated"]
    exclude = ["nodes", "consumers"]


@admin.register(IncidentEstimate)
class IncidentEstimateAdmin(ReadOnlyAdmin):
    list_display = ["incident", "made_at", "earliest_at", "likely_at", "latest_at", "past_outages", "by"]


@admin.register(SupplyReport)
class SupplyReportAdmin(ReadOnlyAdmin):
    list_display = ["at", "kind", "usage_point", "incident", "received_at"]
    list_filter = ["kind"]
    search_fields = ["usage_point", "external_id"]
    date_hierarchy = "at"


@admin.register(CrewAssignment)
class CrewAssignmentAdmin(ReadOnlyAdmin):
    list_display = ["crew", "incident", "status", "assigned_at", "on_site_at", "ended_at"]
    list_filter = ["status"]


@admin.register(Crew)
class CrewAdmin(AuditedModelAdmin):
    """The roster. Whether a crew is on a job follows from its assignments."""

    list_display = ["name", "area", "skills", "status", "members"]
    readonly_fields = ["status"]


@admin.register(RestorationRun)
class RestorationRunAdmin(ReadOnlyAdmin):
    list_display = ["as_of", "incident", "aim", "outcome", "text", "seconds"]
    list_filter = ["outcome", "aim"]
