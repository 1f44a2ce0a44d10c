import importlib

from django.apps import AppConfig


class StateConfig(AppConfig):
    name = "apps.state"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        importlib.import_module("apps.state.topics")
