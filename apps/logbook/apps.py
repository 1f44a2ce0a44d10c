import importlib

from django.apps import AppConfig


class LogbookConfig(AppConfig):
    name = "apps.logbook"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        importlib.import_module("apps.logbook.topics")
