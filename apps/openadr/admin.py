from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application, Grant, IDToken, RefreshToken

from apps.accounts.models import User
from apps.audit.admin_base import ReadOnlyAdmin
from apps.openadr.models import Delivery, Event, OpenAdrClient, Program, Ven
from apps.openadr.services import clients, dead_letters

# Secrets are made by create_openadr_client and by enrolment; the library's own pages would be a second door.
for model in (Application, AccessToken, Grant, IDToken, RefreshToken):
    admin.site.unregister(model)


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


@admin.register(OpenAdrClient)
class OpenAdrClientAdmin(ReadOnlyAdmin):
    list_display = ["name", "role", "client_id", "manager", "created_at", "retired_at"]
    list_filter = ["role"]
    search_fields = ["name", "client_id"]
    list_select_related = ["manager"]
    exclude = ["application"]
    actions = ["retire", "renew"]

    @admin.action(description="Retire: its tokens end at once", permissions=["view"])
    def retire(self, request: HttpRequest, queryset: QuerySet[OpenAdrClient]) -> None:
        now = timezone.now()
        done = [
            client.name
            for client in queryset
            if clients.retire_client(client=client, actor=_person(request), as_of=now)
        ]
        self.message_user(request, f"Retired: {', '.join(done) or 'none, they were retired before'}.")

    @admin.action(description="Give a new secret, shown once", permissions=["view"])
    def renew(self, request: HttpRequest, queryset: QuerySet[OpenAdrClient]) -> None:
        if queryset.count() != 1:
            self.message_user(request, "Choose one client: its new secret is shown once.", messages.ERROR)
            return
        secret = clients.renew_secret(client=queryset.get(), actor=_person(request), as_of=timezone.now())
        told = (
            f"Of {secret.client.name}, shown once: client_id {secret.client_id}, client_secret {secret.client_secret}"
        )
        self.message_user(request, told, messages.WARNING)


class _StandingAdmin(ReadOnlyAdmin):
    """What clients and desks write over the standard's interface is seen here, and changed there."""

    exclude = ["public_id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request)
        return found.filter(withdrawn_at__isnull=True)


@admin.register(Ven)
class VenAdmin(_StandingAdmin):
    list_display = ["ven_name", "client_id", "last_seen_at", "created_at"]
    search_fields = ["ven_name", "client_id"]


@admin.register(Program)
class ProgramAdmin(_StandingAdmin):
    list_display = ["program_name", "is_own", "targets", "created_at"]
    search_fields = ["program_name"]


@admin.register(Event)
class EventAdmin(_StandingAdmin):
    list_display = ["__str__", "program", "is_own", "starts_at", "ends_at", "targets"]
    list_filter = ["is_own", "program"]
    list_select_related = ["program"]


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = ["__str__", "status", "attempts", "next_attempt_at", "last_status_code", "last_error"]
    list_filter = ["status"]
    list_select_related = ["notification"]
    actions = ["send_again", "forget"]

    @admin.action(description="Send again what was given up", permissions=["view"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        self._act(request, queryset, dead_letters.send_again, "sent again")

    @admin.action(description="Forget what was given up", permissions=["view"])
    def forget(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        self._act(request, queryset, dead_letters.forget, "forgotten")

    def _act(self, request: HttpRequest, queryset: QuerySet[Delivery], act: dead_letters.Act, done: str) -> None:
        if person := _person(request):
            keys = list(queryset.values_list("pk", flat=True))
            count = act(delivery_ids=keys, by=person, as_of=timezone.now())
            self.message_user(request, f"{count} of {len(keys)} {done}; only what was given up can be.")
