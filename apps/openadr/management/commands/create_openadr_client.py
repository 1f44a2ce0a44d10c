import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.accounts.models import User
from apps.openadr.choices import ClientRole
from apps.openadr.models import OpenAdrClient
from apps.openadr.rules.refusals import Refused
from apps.openadr.services.clients import Secret
from apps.openadr.services.enrolment import make_client


class Command(BaseCommand):
    help = "Make a client that may speak OpenADR with this VTN; its secret is printed once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--role", required=True, choices=[role.value for role in ClientRole])
        parser.add_argument("--name", required=True, help="What it is called in lists and in the audit.")
        parser.add_argument("--ven", default="", help="Make it the client of the VEN of this name, which may be new.")
        parser.add_argument("--manager", default="", help="Business logic that acts for this program manager alone.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        name, manager = options["name"], _manager(options["manager"])
        if OpenAdrClient.objects.filter(name=name).exists():
            raise CommandError(f"A client called {name!r} is there already. Choose another --name.")
        try:
            secret = make_client(
                name=name,
                role=ClientRole(options["role"]),
                ven_name=options["ven"],
                manager=manager,
                as_of=timezone.now(),
            )
        except Refused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(_told(secret, as_json=options["json"]))


def _manager(username: str) -> User | None:
    found = User.objects.filter(username=username).first() if username else None
    if username and found is None:
        raise CommandError(f"There is nobody called {username!r}.")
    return found


def _told(secret: Secret, *, as_json: bool) -> str:
    told = {"client_id": secret.client_id, "client_secret": secret.client_secret}
    return json.dumps(told) if as_json else "\n".join(f"{name} {value}" for name, value in told.items())
