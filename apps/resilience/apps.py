import importlib

from django.apps import AppConfig


class ResilienceConfig(AppConfig):
    name = "apps.resilience"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        importlib.import_module("apps.resilience.topics")
