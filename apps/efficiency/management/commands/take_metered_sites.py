from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.accounts.models import User
from apps.efficiency.services.program_sites import take_metered_sites


class Command(BaseCommand):
    help = (
        "Makes sites of efficiency of the largest customers with a meter, and proposes at each the cheapest measure of "
        "its load shape. Does nothing where there is a site already."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--most", type=int, default=8, help="how many sites at most")
        parser.add_argument("--by", required=True, help="user in whose name")

    def handle(self, *args: Any, **options: Any) -> None:
        by = User.objects.filter(username=options["by"]).first()
        if by is None:
            raise CommandError(f"--by: there is no user {options['by']}; name one who may manage efficiency.")
        if options["most"] < 1:
            raise CommandError(f"--most is {options['most']}; give 1 or more.")
        made = take_metered_sites(most=options["most"], by=by, as_of=timezone.now())
        self.stdout.write(
            f"{made} sites made" if made else "Nothing made: there are sites already, or no metered customer."
        )
