from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.markets.adapters.parsed import MOST_BYTES, FileRefused
from apps.markets.choices import FileFormat, Product
from apps.markets.services.importing import Handed, Preview, confirm, preview
from apps.markets.services.tariffs import TariffPreview, confirm_tariffs, preview_tariffs


class Command(BaseCommand):
    help = "Say what a file of prices, emission factors or tariffs would change; with --confirm, store it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--holds", choices=FileFormat.values, help="known by the suffix: .xml or .csv")
        parser.add_argument("--zone", default="", help="of rows that name none")
        parser.add_argument("--product", choices=Product.values, default=Product.DAY_AHEAD.value)
        parser.add_argument("--archive", action="store_true", help="a past that was known when it was published")
        parser.add_argument("--confirm", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        handed = Handed(
            name=options["file"].name,
            content=_content(options["file"]),
            file_format=FileFormat(options["holds"] or _by_suffix(options["file"])),
            zone=options["zone"],
            product=Product(options["product"]),
            is_archive=options["archive"],
        )
        is_tariffs = handed.file_format is FileFormat.TARIFFS
        self._tell(preview_tariffs(handed=handed) if is_tariffs else preview(handed=handed, as_of=timezone.now()))
        if options["confirm"]:
            self._store(handed, is_tariffs=is_tariffs)
        else:
            self.stdout.write("nothing was changed; repeat it with --confirm")

    def _tell(self, seen: Preview | TariffPreview) -> None:
        if seen.problems:
            raise CommandError("\n".join(seen.problems))
        if isinstance(seen, TariffPreview):
            for one in seen.tariffs:
                self.stdout.write(f"{one.name} from {one.valid_from}: {one.parts} parts{', replaces' * one.is_known}")
            return
        for part in seen.series:
            span = f"{part.starts_at:%Y-%m-%d %H:%M} to {part.ends_at:%Y-%m-%d %H:%M} UTC"
            counts = f"{part.missing} missing, {part.new} new, {part.changed} changed, {part.same} known"
            extent = f"{part.lowest:g} to {part.highest:g} {part.key.unit}"
            self.stdout.write(f"{part.key.label}: {part.values} values {span}, {counts}; {extent}")
        for note in seen.notes:
            self.stdout.write(note)

    def _store(self, handed: Handed, *, is_tariffs: bool) -> None:
        by: dict[str, Any] = {"sha256": handed.sha256, "actor": None, "as_of": timezone.now(), "source_ip": None}
        try:
            told = confirm_tariffs(handed=handed, **by) if is_tariffs else confirm(handed=handed, **by).outcome
        except FileRefused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"stored: {told}")


def _by_suffix(file: Path) -> str:
    names = file.name.lower().removesuffix(".gz")
    return FileFormat.ENTSOE_XML.value if names.endswith(".xml") else FileFormat.CSV.value


def _content(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}; give the path of a file that can be read.") from None
