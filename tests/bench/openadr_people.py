"""Ten thousand VENs with tokens, and a day of events, stored at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from oauth2_provider.models import AccessToken, Application

from apps.openadr.choices import ClientRole
from apps.openadr.models import OpenAdrClient, Program, Subscription, Ven
from apps.openadr.services.events import IntervalDraft, publish_event
from apps.openadr.services.programs import publish_program

VENS, EVENTS, GROUPS = 10_000, 500, 50
SCOPE = "read_targets read_ven_objects"


@dataclass(frozen=True)
class People:
    program: Program
    vens: Sequence[Ven]
    tokens: Sequence[str]
    head: str

    def topics(self) -> Iterator[str]:
        return (f"vens/{ven.object_id}/events/{self.program.object_id}/create" for ven in self.vens)


def settle() -> People:
    now = timezone.now()
    names = [f"ven-{number:05d}" for number in range(VENS)]
    applications = _applications([*names, "head"])
    clients = OpenAdrClient.objects.bulk_create(
        OpenAdrClient(
            application=one,
            client_id=one.client_id,
            name=one.name,
            role=ClientRole.BL if one.name == "head" else ClientRole.VEN,
            created_at=now,
        )
        for one in applications
    )
    AccessToken.objects.bulk_create(
        AccessToken(token=f"token-{one.name}", application=one, expires=now + timedelta(days=1), scope=SCOPE)
        for one in applications
    )
    vens = Ven.objects.bulk_create(
        Ven(
            ven_name=client.name,
            client_id=client.client_id,
            targets=["all", _group(number)],
            granted=["all", _group(number)],
            created_at=now,
            modified_at=now,
        )
        for number, client in enumerate(clients[:VENS])
    )
    program = publish_program(program_name="bench", as_of=now)
    return People(program, vens, [f"token-{name}" for name in names], "token-head")


def _applications(names: Sequence[str]) -> list[Application]:
    made: list[Application] = Application.objects.bulk_create(
        Application(
            name=name,
            client_id=f"id-{name}",
            client_secret="",
            client_type=Application.CLIENT_CONFIDENTIAL,
            authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
        )
        for name in names
    )
    return made


def _group(number: int) -> str:
    return f"group-{number % GROUPS}"


def a_day_of_events(people: People) -> None:
    for number in range(EVENTS):
        announce(people, name=f"event {number}", target=_group(number))


def announce(people: People, *, name: str, target: str) -> float:
    """When it was committed, in seconds of the clock."""
    interval = IntervalDraft(timedelta(minutes=15), [{"type": "SIMPLE", "values": [1]}])
    now = datetime.now(UTC)
    publish_event(
        program=people.program,
        event_name=name,
        targets=[target],
        starts_at=now + timedelta(hours=1),
        intervals=[interval] * 4,
        as_of=now,
    )
    return timezone.now().timestamp()


def subscribe(people: People, url: str) -> None:
    clients = OpenAdrClient.objects.filter(role=ClientRole.VEN).order_by("pk")
    entry = {"objects": ["EVENT"], "operations": ["CREATE"], "callbackUrl": url, "bearerToken": "hook"}
    now = timezone.now()
    Subscription.objects.bulk_create(
        Subscription(
            client=client,
            client_name=client.name,
            objects_named=["EVENT"],
            body={"clientName": client.name, "objectOperations": [entry]},
            created_at=now,
            modified_at=now,
        )
        for client in clients
    )
