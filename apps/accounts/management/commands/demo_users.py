import json
import os
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.accounts import services
from apps.accounts.choices import Role


class Command(BaseCommand):
    help = "Create the demo users that are missing, one a role, with random passwords; print their logins as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--file", type=Path, help="Keep the logins here (mode 600), so that a second run tells them."
        )

        parser.add_argument(
            "--role", action="append", choices=Role.values, help="Of this role only; may be given several times."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path | None = options["file"]
        kept = _read(file) if file else {}
        roles = [Role(one) for one in options["role"]] if options["role"] else tuple(Role)
        made = services.create_demo_users(at=timezone.now(), roles=roles)
        created = {login.username: vars(login) for login in made}
        logins = list((kept | created).values())
        if file:
            _write(file, logins)
        self.stdout.write(json.dumps(logins))


def _read(file: Path) -> dict[str, dict[str, str]]:
    if not file.exists():
        return {}
    try:
        return {login["username"]: login for login in json.loads(file.read_text())}
    except (ValueError, TypeError, KeyError) as error:
        raise CommandError(f"{file} does not hold logins ({error}); move it away and run again.") from None


def _write(file: Path, logins: list[dict[str, str]]) -> None:
    fresh = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump(logins, out, indent=2)
    fresh.replace(file)
