import importlib
from typing import Any

from django.apps import AppConfig


class ForecastsConfig(AppConfig):
    name = "apps.forecasts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        importlib.import_module("apps.forecasts.topics")
        importlib.import_module("apps.state.services.look_ahead").install_provider(_expected)


def _expected(*asked: Any) -> Any:
    """Loaded when asked: most processes never forecast, and boosted trees are heavy."""
    return importlib.import_module("apps.forecasts.services.look_ahead").from_forecasts(*asked)
