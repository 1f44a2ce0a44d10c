import importlib

from django.apps import AppConfig


class EfficiencyConfig(AppConfig):
    name = "apps.efficiency"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        importlib.import_module("apps.efficiency.topics")
