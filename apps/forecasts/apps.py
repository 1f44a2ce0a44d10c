import importlib

from django.apps import AppConfig


class ForecastsConfig(AppConfig):
    name = "apps.forecasts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        importlib.import_module("apps.forecasts.topics")
