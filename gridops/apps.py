import importlib

from django.apps import AppConfig


class GridOpsConfig(AppConfig):
    name = "gridops"

    def ready(self) -> None:
        # Celery is loaded here and not in gridops/__init__.py, so that the engine imports without it.
        importlib.import_module("gridops.celery")
