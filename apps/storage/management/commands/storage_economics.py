import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.storage.adapters.project_file import BadProject, Figure, number, read_project
from apps.storage.adapters.project_worth import worth

_FIGURES = (
    ("net present value", "npv", "{:14,.2f}"),
    ("internal rate", "irr", "{:14.3%}"),
    ("modified rate", "mirr", "{:14.3%}"),
    ("payback, years", "payback_years", "{:14.2f}"),
    ("discounted", "discounted_payback_years", "{:14.2f}"),
    ("LCOS per MWh", "lcos_per_mwh", "{:14,.4f}"),
)


class Command(BaseCommand):
    help = (
        "What does a storage project come to? Present value, rates, payback, LCOS, sensitivity and scenarios of a CSV, "
        "JSON or YAML file. Needs no database and no running system."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="CSV, .json, .yaml or .yml")
        parser.add_argument(
            "--set", action="append", default=[], metavar="NAME=VALUE", help="a figure in place of the file's"
        )
        parser.add_argument("--json", action="store_true", help="the result as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            told = read_project(options["file"])
            told.figures.update(map(_setting, options["set"]))
            found = worth(told)
        except BadProject as error:
            raise CommandError(f"{options['file'].name}: {error}") from None
        for note in found.notes:
            self.stderr.write(f"note: {note}")
        if options["json"]:
            self.stdout.write(json.dumps(found.document, indent=1))
        else:
            self._tell(found.document)

    def _tell(self, told: dict[str, Any]) -> None:
        for label, key, form in _FIGURES:
            shown = "-" if told[key] is None else form.format(told[key]).strip()
            self.stdout.write(f"{label:<18} {shown:>16}")
        for bar in told["sensitivity"]:
            ends = f"{bar['npv_low']:16,.0f} {bar['npv_high']:16,.0f}"
            self.stdout.write(f"{bar['field']:<24} {bar['low']:14,.4g} .. {bar['high']:<14,.4g} {ends}")
        for case, figures in told["scenarios"].items():
            self.stdout.write(f"{case:<24} {figures['npv']:16,.2f}")


def _setting(text: str) -> tuple[str, Figure]:
    name, sign, value = text.partition("=")
    if not (sign and name):
        raise BadProject(f"--set: '{text}' must be NAME=VALUE, such as discount_rate=0.08.")
    return name.strip(), number(value, f"--set {name.strip()}")
