from typing import Any

from django.core.management.base import BaseCommand

from apps.weather.services.feeds import prepare_field_feeds


class Command(BaseCommand):
    help = "Make the feeds through which the simulated field hands over its weather, if they are not there yet."

    def handle(self, *args: Any, **options: Any) -> None:
        names = prepare_field_feeds()
        self.stdout.write(f"made: {', '.join(names)}" if names else "all there")
