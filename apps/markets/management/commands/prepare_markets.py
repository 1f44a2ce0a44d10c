from typing import Any

from django.core.management.base import BaseCommand

from apps.markets.services.feeds import prepare_field_feeds


class Command(BaseCommand):
    help = "Make the zone and the feeds through which the simulated field hands over its market, if they are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        names = prepare_field_feeds()
        self.stdout.write(f"made: {', '.join(names)}" if names else "all there")
