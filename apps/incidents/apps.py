import importlib

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "apps.incidents"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        importlib.import_module("apps.incidents.topics")
        # dispatch lies below and must not import us, yet nothing may be closed onto a fault, by hand or by a desk.
        checks = importlib.import_module("apps.incidents.services.restoring_checks")
        loads = importlib.import_module("apps.incidents.services.restoring_loads")
        installed = importlib.import_module("apps.dispatch.checks")
        installed.install_faults("incidents", faulted=checks.faulted, unsupplied=loads.unsupplied)
        for desk in checks.DESKS:
            installed.install_step_check(desk, checks.check_step)
