import importlib

from django.apps import AppConfig


class DispatchConfig(AppConfig):
    name = "apps.dispatch"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        importlib.import_module("apps.dispatch.topics")
