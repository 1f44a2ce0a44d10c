import asyncio

from django.core.management.base import BaseCommand, CommandError

from apps.openadr.notifier.process import run


class Command(BaseCommand):
    help = "Tell the subscribers of OpenADR what changed, by webhooks and by topics. For ever, one process a site."
    requires_system_checks: list[str] = []  # they load every page of the site, and `migrate` makes them at the start

    def handle(self, *args: object, **options: object) -> None:
        try:
            asyncio.run(run())
        except OSError as error:
            raise CommandError(
                f"The door of the topics cannot be opened ({error}); check GRIDOPS_OPENADR_MQTT_PORT, _LISTEN, _CERT "
                "and _KEY."
            ) from None
