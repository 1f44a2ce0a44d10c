from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.alarms import selectors

SHOWN = 20


class Command(BaseCommand):
    help = "Rebuild the state of all alarms from their journal and compare it with what is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Fail if anything differs; else only tell.")

    def handle(self, *args: object, **options: object) -> None:
        found = selectors.compared_with_the_journal()
        self.stdout.write(f"{found.entries} entries fold to {found.alarms} alarms; {len(found.faults)} faults.")
        for fault in found.faults[:SHOWN]:
            self.stdout.write(fault)
        if options["check"] and found.faults:
            raise CommandError("What is stored is not what the journal tells. Keep both, and have them compared.")
