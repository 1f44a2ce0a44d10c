import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.assets.adapters.case_network import CaseError, named_case
from apps.resilience.adapters.grid_facts import NothingToFail, case_facts
from apps.resilience.adapters.predicted import predicted_document, published_document
from apps.resilience.adapters.rates import Rates, RatesError, rates_of
from apps.resilience.adapters.section_file import NAMES, published
from apps.state.adapters.outage_file import OutageFileError, figures_of_export

_COLUMNS = ("customers", "saifi", "saidi_h", "caidi_h", "ens_kwh", "aens_kwh", "maifi")


class Command(BaseCommand):
    help = (
        "Expected reliability indices of a network, from failure rates and what its switches can do; or with --records "
        "the indices of IEEE 1366 from an export of outages alone. Needs no database and no running system."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "network", nargs="?", help=f"as import_network takes it, or one of: {', '.join(NAMES)}; none with --records"
        )
        parser.add_argument("--rates", metavar="FILE.json", help="failure rates and times instead of the defaults")
        parser.add_argument("--records", metavar="FILE.csv", help="an export of outages: its indices")
        parser.add_argument("--json", action="store_true", help="as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if bool(options["network"]) == bool(options["records"]):
            raise CommandError("Name either a network or a file of records with --records.")
        document = self._recorded(options["records"]) if options["records"] else self._predicted(options)
        if options["json"]:
            self.stdout.write(json.dumps(document, indent=1, allow_nan=False))
        else:
            self._tell(document)

    def _recorded(self, name: str) -> dict[str, Any]:
        try:
            return figures_of_export(_text(name))
        except OutageFileError as error:
            raise CommandError(f"{name}: {error}") from None

    def _predicted(self, options: dict[str, Any]) -> dict[str, Any]:
        name = options["network"]
        if name in NAMES:
            if options["rates"]:
                raise CommandError(f"{name} has its published rates; leave --rates out.")
            return published_document(published(name))
        try:
            rates = rates_of(json.loads(_text(options["rates"]))) if options["rates"] else Rates()
            return predicted_document(name, case_facts(named_case(name, settings.VAR / "cases")), rates)
        except CaseError as error:
            raise CommandError(f"{name} cannot be read: {error}") from None
        except json.JSONDecodeError as error:
            raise CommandError(f"{options['rates']} is no JSON: {error}") from None
        except (RatesError, NothingToFail) as error:
            raise CommandError(str(error)) from None

    def _tell(self, document: dict[str, Any]) -> None:
        rows = [{"feeder": "system"} | document["system"], *document["feeders"]]
        columns = [name for name in _COLUMNS if name in rows[0]] or [
            name for name in rows[0] if name != "feeder" and isinstance(rows[0][name], int | float)
        ]
        self.stdout.write(f"{'':<28}" + "".join(f"{name:>14}" for name in columns))
        for row in rows:
            cells = "".join(f"{'unknown' if row[name] is None else format(row[name], ',.5g'):>14}" for name in columns)
            self.stdout.write(f"{row['feeder'][:28]:<28}{cells}")
        for note in document.get("notes", []):
            self.stderr.write(f"note: {note}")


def _text(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{name} cannot be read: {error}") from None
