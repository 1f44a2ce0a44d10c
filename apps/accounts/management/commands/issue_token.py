from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.accounts import services
from apps.accounts.choices import Permission
from apps.accounts.models import User


class Command(BaseCommand):
    help = "Issue an API token and print it, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", required=True, help="Whose token it is.")
        parser.add_argument("--scope", required=True, action="append", choices=[scope.value for scope in Permission])
        parser.add_argument("--days", type=int, default=90, help="How long it lives; at most 365.")
        parser.add_argument("--name", default="", help="What uses it.")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = User.objects.filter(username=options["user"]).first()
        if owner is None:
            raise CommandError(f"There is nobody called {options['user']!r}.")
        scopes = [Permission(scope) for scope in options["scope"]]
        try:
            _, value = services.issue_token(
                owner=owner,
                name=options["name"] or f"{owner.username}: {', '.join(scopes)}",
                scopes=scopes,
                life=timedelta(days=options["days"]),
                actor=None,
                at=timezone.now(),
            )
        except services.TokenRefused as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(value)
