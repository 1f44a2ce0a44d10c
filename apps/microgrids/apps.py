import importlib

from django.apps import AppConfig


class MicrogridsConfig(AppConfig):
    name = "apps.microgrids"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        importlib.import_module("apps.microgrids.topics")
