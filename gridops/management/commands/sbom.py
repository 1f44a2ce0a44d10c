import argparse
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from gridops import supply


class Command(BaseCommand):
    help = "The bill of materials as CycloneDX 1.6: every pinned package and vendored file, with hashes and licences."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--out", type=Path, help="Where to write it; without it to the screen.")
        parser.add_argument("--licences", action="store_true", help="A line a package instead: name, licence, reason.")

    def handle(self, *args: object, **options: Any) -> None:
        lock = (settings.BASE_DIR / "requirements.txt").read_text()
        text = _licences(lock) if options["licences"] else _bill(lock)
        if options["out"]:
            options["out"].write_text(f"{text}\n")
        else:
            self.stdout.write(text)


def _bill(lock: str) -> str:
    vendored = (settings.BASE_DIR / "static" / "vendor" / "vendor.lock").read_text()
    version = str(settings.SPECTACULAR_SETTINGS["VERSION"])
    return json.dumps(
        supply.bill_of_materials(lock=lock, vendored=vendored, version=version, as_of=timezone.now()), indent=1
    )


def _licences(lock: str) -> str:
    rows = ((pin.name, supply.licence_of(pin.name) or "not installed here") for pin in supply.pins(lock))
    return "\n".join(f"{name}\t{licence}\t{supply.EXCEPTIONS.get(name, '')}".rstrip() for name, licence in rows)
