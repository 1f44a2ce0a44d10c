from argparse import ArgumentParser
from collections import defaultdict
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.assets.adapters import SOURCES, CaseError
from apps.assets.models import NetworkModel
from apps.assets.services import Import, import_network

_SHOWN_PER_CODE = 5


class Command(BaseCommand):
    help = (
        "Read a network (SimBench, MATPOWER, pandapower, CGMES 2.4.15, GeoJSON) as a new version. The first of a site "
        "is live at once; every later one waits for approval."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help=SOURCES)
        parser.add_argument("--replace", action="store_true", help="remove versions that never were live")

    def handle(self, *args: Any, **options: Any) -> None:
        source = options["source"]
        self.stdout.write(f"Reading {source} ...")
        try:
            done = import_network(
                source=source,
                cache_dir=settings.VAR / "cases",
                as_of=timezone.now(),
                replace=options["replace"],
            )
        except CaseError as error:
            raise CommandError(_refusal(error)) from None
        self._print_counts(done.model)
        self._print_problems(done.model)
        self._print_checks(done.model)
        self.stdout.write(self.style.SUCCESS(_outcome(done)))

    def _print_checks(self, model: NetworkModel) -> None:
        for error in model.checks.get("errors", ()):
            self.stdout.write(f"error: {error['element']}: {error['text']}")

    def _print_counts(self, model: NetworkModel) -> None:
        for name, count in model.counts.items():
            self.stdout.write(f"  {count:>8,}  {name}")

    def _print_problems(self, model: NetworkModel) -> None:
        by_code: dict[tuple[str, str], list[str]] = defaultdict(list)
        for problem in model.problems:
            by_code[problem["severity"], problem["code"]].append(f"{problem['element']} {problem['text']}")
        for (severity, code), texts in sorted(by_code.items()):
            self.stdout.write(f"{severity}: {code} ({len(texts)})")
            for text in texts[:_SHOWN_PER_CODE]:
                self.stdout.write(f"    {text}")
            if len(texts) > _SHOWN_PER_CODE:
                self.stdout.write(f"    ... and {len(texts) - _SHOWN_PER_CODE} more")


def _outcome(done: Import) -> str:
    if not done.waits_for_approval:
        return f"{done.model} is now the current network." if done.changed else "Nothing changed: it is here already."
    here = "is stored" if done.changed else "is here already"
    return f"{done.model} {here} and waits for approval: see /network/models/{done.model.pk}/"


def _refusal(error: CaseError) -> str:
    facts = [(error.element, error.text), *error.others]
    shown = [f"  {element}: {text}" for element, text in facts[: 4 * _SHOWN_PER_CODE]]
    if len(facts) > len(shown):
        shown.append(f"  ... and {len(facts) - len(shown)} more")
    return "\n".join(["The source is refused and nothing was changed:", *shown])
