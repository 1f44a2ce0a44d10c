from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.audit.selectors import verify_chain


class Command(BaseCommand):
    help = "Check the audit's hash chain from its first row to its last; name the first row that was altered."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--head", default="", help="A head hash kept from an earlier run: it must still be there.")

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = verify_chain(anchor=options["head"])
        if verdict.fault:
            raise CommandError(f"The audit was tampered with: {verdict.fault}.")
        if not verdict.saw_anchor:
            raise CommandError(f"The audit was cut off: no row has the hash {options['head']}.")
        self.stdout.write(f"{verdict.rows} rows, unbroken. Head: {verdict.head}")
