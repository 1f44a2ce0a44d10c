import sys

from django.core.management.base import BaseCommand

from apps.telemetry.gateway.keeper import Keeper, enabled_gateways, keep


class Command(BaseCommand):
    help = "Keep one process for every enabled gateway; one that is added in the admin starts within seconds."
    requires_system_checks: list[str] = []  # they load every page of the site, and `migrate` makes them at the start

    def handle(self, *args: object, **options: object) -> None:
        keep(Keeper(lambda name: (sys.executable, sys.argv[0], "run_gateway", name)), enabled_gateways)
        self.stdout.write("Links closed.")
