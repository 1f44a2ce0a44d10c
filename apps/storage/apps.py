import importlib

from django.apps import AppConfig


class StorageConfig(AppConfig):
    name = "apps.storage"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # dispatch lies below and must not import us, yet no set-point may pass the limits of a battery.
        checks = importlib.import_module("apps.storage.services.checks")
        installed = importlib.import_module("apps.dispatch.checks")
        installed.install("storage", order=checks.check_order, course=checks.check_course)
