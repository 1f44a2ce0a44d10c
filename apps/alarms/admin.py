from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest

from apps.accounts.admin_base import AuditedModelAdmin
from apps.alarms.models import Alarm, AlarmDefinition, Flood, MaintenanceZone
from apps.audit.admin_base import ReadOnlyAdmin


@admin.register(Alarm)
class AlarmAdmin(ReadOnlyAdmin):
    """To look, not to touch: alarms change through facts and acts alone."""

    list_display = ["equipment_name", "condition", "priority", "base_state", "suppression", "occurrence", "raised_at"]
    list_filter = ["base_state", "suppression", "priority", "condition"]
    search_fields = ["equipment_name", "path", "message", "source"]
    ordering = ["priority", "-raised_at"]


@admin.register(Flood)
class FloodAdmin(ReadOnlyAdmin):
    list_display = ["began_at", "ended_at", "area_id"]
    ordering = ["-began_at"]


@admin.register(AlarmDefinition)
class AlarmDefinitionAdmin(AuditedModelAdmin):
    """Takes effect with the next occurrence; the texts at once."""

    list_display = [
        "condition",
        "equipment_class",
        "equipment_mrid",
        "consequence_level",
        "time_to_respond_s",
        "latches",
    ]
    list_filter = ["condition", "latches"]

    def audited_detail(self, obj: AlarmDefinition) -> dict[str, Any]:
        names = ("condition", "equipment_class", "consequence_level", "time_to_respond_s", "latches", "action")
        return {name: getattr(obj, name) for name in names} | {"equipment_mrid": str(obj.equipment_mrid or "")}


@admin.register(MaintenanceZone)
class MaintenanceZoneAdmin(AuditedModelAdmin):
    """To end the work early, set its end to now."""

    list_display = ["name", "starts_at", "ends_at", "reason", "author"]
    readonly_fields = ["author"]

    def save_model(self, request: HttpRequest, obj: MaintenanceZone, form: ModelForm, change: bool) -> None:
        obj.author = obj.author or request.user.get_username()
        super().save_model(request, obj, form, change)

    def audited_detail(self, obj: MaintenanceZone) -> dict[str, Any]:
        return {"mrids": [str(mrid) for mrid in obj.mrids], "from": obj.starts_at, "to": obj.ends_at}
