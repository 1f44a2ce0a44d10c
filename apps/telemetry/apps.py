import importlib

from django.apps import AppConfig

from apps.assets import consequences


class TelemetryConfig(AppConfig):
    name = "apps.telemetry"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        consequences.register(importlib.import_module("apps.telemetry.consequences").of_points)
