"""Administrators see everything here; whom a program belongs to is theirs to say. What happened is only looked at."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from apps.audit.admin_base import AuditedModelAdmin, ReadOnlyAdmin
from apps.demand_response.models import (
    Consent,
    ConsentWording,
    Customer,
    DemandProgram,
    EnrolledDevice,
    Enrolment,
    Evaluation,
    FlexibilityPrior,
    ImportRun,
    MeterDay,
    OpportunityRun,
    ReliefRate,
    SelfServiceLink,
    SettlementMonth,
    Strategy,
)


@admin.register(DemandProgram)
class DemandProgramAdmin(AuditedModelAdmin):
    list_display = ["title", "objective", "is_active", "baseline_method", "made_at"]
    list_filter = ["objective", "is_active"]
    filter_horizontal = ["managers"]
    readonly_fields = ["is_active", "wording", "made_at", "made_by"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """With its consent it is made on the page of programs."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ConsentWording)
class ConsentWordingAdmin(ReadOnlyAdmin):
    list_display = ["purpose", "version", "made_at", "made_by"]


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = ["reference", "name", "customer_class", "owner", "made_at", "forgotten_at"]
    list_filter = ["customer_class"]
    list_select_related = ["owner"]
    search_fields = ["reference", "name"]
    show_full_result_count = False


@admin.register(EnrolledDevice)
class EnrolledDeviceAdmin(ReadOnlyAdmin):
    list_display = ["name", "customer", "kind", "rated_kw", "is_active"]
    list_filter = ["kind"]
    list_select_related = ["customer"]
    show_full_result_count = False


@admin.register(Enrolment)
class EnrolmentAdmin(ReadOnlyAdmin):
    list_display = ["customer", "program", "status", "status_since", "ven"]
    list_filter = ["program", "status"]
    list_select_related = ["customer", "program", "ven"]
    show_full_result_count = False


@admin.register(Consent)
class ConsentAdmin(ReadOnlyAdmin):
    list_display = ["enrolment", "wording", "given_at", "given_by", "revoked_at", "revoked_by"]
    list_select_related = ["enrolment__customer", "enrolment__program", "wording"]
    show_full_result_count = False


@admin.register(SelfServiceLink)
class SelfServiceLinkAdmin(ReadOnlyAdmin):
    list_display = ["enrolment", "made_at", "made_by", "expires_at", "used_at", "withdrawn_at"]
    list_select_related = ["enrolment__customer", "enrolment__program", "made_by"]


@admin.register(MeterDay)
class MeterDayAdmin(ReadOnlyAdmin):
    list_display = ["usage_point", "day", "step_s", "source", "quality", "received_at"]
    list_filter = ["source", "quality"]
    list_select_related = ["usage_point"]
    exclude = ["kwh"]
    show_full_result_count = False


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnlyAdmin):
    list_display = ["handed_at", "kind", "file_name", "state", "problem_count", "by", "duration_ms"]
    list_filter = ["kind", "state"]
    exclude = ["content"]


@admin.register(FlexibilityPrior)
class FlexibilityPriorAdmin(AuditedModelAdmin):
    list_display = ["kind", "share_p10", "share_p50", "share_p90", "rebound_share", "rebound_hours", "source"]


@admin.register(ReliefRate)
class ReliefRateAdmin(AuditedModelAdmin):
    list_display = ["kind", "eur_per_kwh", "above_share", "source"]


@admin.register(OpportunityRun)
class OpportunityRunAdmin(ReadOnlyAdmin):
    list_display = ["as_of", "outcome", "reason", "duration_ms"]
    list_filter = ["outcome"]
    date_hierarchy = "as_of"


@admin.register(Strategy)
class StrategyAdmin(ReadOnlyAdmin):
    list_display = ["made_at", "program", "status", "reason", "wanted_kw", "kw_p50", "customers", "made_by"]
    list_filter = ["status", "program"]
    list_select_related = ["program", "made_by"]


@admin.register(Evaluation)
class EvaluationAdmin(ReadOnlyAdmin):
    list_display = ["asked_at", "call", "program", "status", "method", "customers", "settled_customers", "duration_ms"]
    list_filter = ["status", "program"]
    list_select_related = ["call", "program"]


@admin.register(SettlementMonth)
class SettlementMonthAdmin(ReadOnlyAdmin):
    list_display = ["month", "program", "status", "approved_by", "final_by"]
    list_filter = ["status", "program"]
    list_select_related = ["program", "approved_by", "final_by"]
