import importlib

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "apps.audit"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # accounts lies below and must not import us, yet its acts are audited too.
        acts = importlib.import_module("apps.accounts.acts")
        acts.report_to(importlib.import_module("apps.audit.services").record)
