import importlib

from django.apps import AppConfig


class ImpactConfig(AppConfig):
    name = "apps.impact"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        importlib.import_module("apps.impact.topics")
