import argparse
import json
import subprocess
import sys
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

PATIENCE_S = 300


class Command(BaseCommand):
    help = "Ask the public register for known weaknesses of the pinned packages, and keep a dated record of the answer."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--record", type=Path, help="A JSON file to write; it says so where nobody could be asked.")

    def handle(self, *args: object, **options: Any) -> None:
        if find_spec("pip_audit") is None:
            raise CommandError("pip-audit is not installed; run 'make setup-dev', which pins it.")
        lock = settings.BASE_DIR / "requirements.txt"
        found, trouble = _asked(lock)
        unknown = [one["name"] for one in found or [] if "skip_reason" in one]
        record = {
            "checked_at": timezone.now().isoformat(timespec="seconds"),
            "requirements_sha256": sha256(lock.read_bytes()).hexdigest(),
            "was_answered": found is not None,
            "trouble": trouble,
            "packages": len(found or []),
            "not_known_to_the_register": unknown,
            "weaknesses": [one for one in found or [] if one.get("vulns")],
        }
        if options["record"]:
            options["record"].write_text(json.dumps(record, indent=1) + "\n")
        self._tell(record)

    def _tell(self, record: dict[str, Any]) -> None:
        if not record["was_answered"]:
            self.stdout.write(f"Not known: nobody could be asked ({record['trouble']}). Repeat it with the network up.")
            return
        if weak := record["weaknesses"]:
            names = ", ".join(f"{one['name']} {one['version']}" for one in weak)
            raise CommandError(f"Known weaknesses in {names}; pin a mended version with 'make requirements'.")
        if unknown := record["not_known_to_the_register"]:
            words = f"Not known of {len(unknown)} of {record['packages']} packages: the register does not tell of them"
            self.stdout.write(f"{words}. Repeat it where the public register can be reached.")
            return
        self.stdout.write(f"{record['packages']} packages, no known weakness.")


def _asked(lock: Path) -> tuple[list[dict[str, Any]] | None, str]:
    """The answer by package; None with the trouble where there was none."""
    command = (sys.executable, "-m", "pip_audit", "-r", str(lock), "--require-hashes", "--disable-pip", "-f", "json")
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)  # noqa: S603  our own lock
        return list(json.loads(done.stdout)["dependencies"]), ""
    except subprocess.TimeoutExpired:
        return None, f"no answer within {PATIENCE_S} s"
    except (ValueError, KeyError):
        return None, (done.stderr.strip().splitlines() or ["no answer"])[-1][:300]
