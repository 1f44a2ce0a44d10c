import importlib

from django.apps import AppConfig


class AlarmsConfig(AppConfig):
    name = "apps.alarms"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        importlib.import_module("apps.alarms.topics")
