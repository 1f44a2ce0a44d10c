from django.contrib import admin
from django.http import HttpRequest

from apps.audit.admin_base import AuditedModelAdmin, ReadOnlyAdmin
from apps.weather.forms import FeedForm
from apps.weather.models import Feed, Location, WeatherFile, WeatherRun


@admin.register(Location)
class LocationAdmin(AuditedModelAdmin):
    list_display = ["name", "latitude", "longitude", "altitude_m"]
    search_fields = ["name"]


@admin.register(Feed)
class FeedAdmin(AuditedModelAdmin):
    """Whoever may change a feed says what the site reads and asks: administrators only."""

    form = FeedForm
    list_display = ["name", "kind", "data_kind", "provider", "is_enabled", "heard_at", "reason"]
    list_filter = ["kind", "data_kind", "is_enabled"]
    search_fields = ["name", "provider"]
    readonly_fields = ["asked_at", "heard_at", "reason"]
    list_select_related = ["location"]

    def has_delete_permission(self, request: HttpRequest, obj: Feed | None = None) -> bool:
        """One that has brought something is switched off."""
        return obj is None or not obj.files.exists()


@admin.register(WeatherFile)
class WeatherFileAdmin(ReadOnlyAdmin):
    list_display = ["name", "feed", "received_at", "outcome", "reason"]
    list_filter = ["outcome", "feed"]
    search_fields = ["name", "sha256"]
    list_select_related = ["feed"]


@admin.register(WeatherRun)
class WeatherRunAdmin(ReadOnlyAdmin):
    list_display = ["provider", "model", "data_kind", "issued_at", "available_at"]
    list_filter = ["data_kind", "provider"]
    list_select_related = ["file"]
