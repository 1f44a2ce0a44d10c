import importlib

from django.apps import AppConfig


class MicrogridsConfig(AppConfig):
    name = "apps.microgrids"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        importlib.import_module("apps.microgrids.topics")
        # state lies below and must not import us, yet what lives without the grid is not without supply.
        islands = importlib.import_module("apps.state.islands")
        islands.install("microgrids", importlib.import_module("apps.microgrids.selectors.living").living_nodes)
        checks = importlib.import_module("apps.dispatch.checks")
        doors = importlib.import_module("apps.microgrids.services.transition_doors")
        checks.install_islands("microgrids", doors.island_behind)
