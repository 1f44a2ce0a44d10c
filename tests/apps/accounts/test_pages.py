import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection, connections
from django.http import HttpRequest, HttpResponse
from django.test import AsyncRequestFactory, Client, RequestFactory
from django.utils import timezone
from django.views import View

from apps.accounts.choices import Permission, Role
from apps.accounts.models import ApiToken, SignInAttempt, User
from apps.accounts.permissions import NeedsPermission, permission_required
from apps.audit.models import AuditEvent

PASSWORD = "correct horse battery"
SIGN_IN = "/accounts/sign-in/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga() -> User:
    return User.objects.create_user("olga", password=PASSWORD, role=Role.OPERATOR)


def sign_in(password: str, *, name: str = "olga", address: str = "192.0.2.1", browser: Client | None = None) -> Any:
    return (browser or Client()).post(SIGN_IN, {"username": name, "password": password}, REMOTE_ADDR=address)


def actions() -> list[str]:
    return list(AuditEvent.objects.order_by("id").values_list("action", flat=True))


def test_signing_in_and_out_is_audited_and_a_failure_too(olga: User) -> None:
    browser = Client()
    assert sign_in("wrong", browser=browser).status_code == 200
    assert sign_in(PASSWORD, browser=browser).status_code == 302
    assert settings.SESSION_COOKIE_NAME in browser.cookies
    assert browser.get("/accounts/sign-out/").status_code == 405
    assert browser.post("/accounts/sign-out/").status_code == 302
    assert actions() == ["sign_in.failed", "sign_in", "sign_out"]


def test_the_sixth_bad_try_is_answered_429_even_with_the_right_password(olga: User) -> None:
    assert [sign_in("wrong").status_code for _ in range(5)] == [200] * 5
    locked = sign_in(PASSWORD)

    assert locked.status_code == 429
    assert "Too many tries" in locked.content.decode()
    assert sign_in(PASSWORD, name=" OLGA ").status_code == 429
    assert sign_in(PASSWORD, address="192.0.2.2").status_code == 302
    assert actions().count("sign_in.locked") == 2


def test_a_claimed_forwarding_address_does_not_open_the_lock(olga: User) -> None:
    for number in range(6):
        answer = Client().post(
            SIGN_IN,
            {"username": "olga", "password": "wrong"},
            REMOTE_ADDR="192.0.2.1",
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
        )
    assert answer.status_code == 429


def test_the_lock_opens_after_a_quarter_of_an_hour_and_after_a_success_the_count_begins_anew(olga: User) -> None:
    for _ in range(5):
        sign_in("wrong")
    SignInAttempt.objects.update(at=timezone.now() - timedelta(minutes=16))
    assert sign_in(PASSWORD).status_code == 302

    for _ in range(4):
        sign_in("wrong")
    assert sign_in(PASSWORD).status_code == 302
    assert sign_in("wrong").status_code == 200


def test_guessing_over_many_names_from_one_address_is_locked_too(olga: User) -> None:
    now = timezone.now()
    SignInAttempt.objects.bulk_create(
        SignInAttempt(username=f"name{number}", source_ip="192.0.2.1", at=now) for number in range(100)
    )
    assert sign_in(PASSWORD).status_code == 429


@pytest.mark.parametrize("name", ["", "a\0b", "x" * 1000, "ünknown", "'; DROP TABLE accounts_user; --"])
def test_a_strange_name_is_refused_and_never_an_error(name: str) -> None:
    assert sign_in("wrong", name=name).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_ten_parallel_tries_do_not_outrun_the_lock() -> None:
    User.objects.create_user("olga", password=PASSWORD, role=Role.OPERATOR)

    def wrong(_: int) -> int:
        try:
            return int(sign_in("wrong").status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(wrong, range(10)))
    assert (answers.count(200), answers.count(429)) == (5, 5)


def test_a_sign_in_leads_on_within_the_site_only(olga: User) -> None:
    form = {"username": "olga", "password": PASSWORD}
    assert Client().post(f"{SIGN_IN}?next=/alarms/", form).url == "/alarms/"  # type: ignore[attr-defined]
    assert Client().post(f"{SIGN_IN}?next=https://evil.example/", form).url == "/"  # type: ignore[attr-defined]


def test_a_theme_is_kept_from_form_and_json_and_nonsense_is_refused(olga: User) -> None:
    browser = Client()
    assert browser.post("/accounts/theme/", {"theme": "dark"}).status_code == 401
    browser.force_login(olga)

    assert browser.post("/accounts/theme/", {"theme": "light"}).json() == {"theme": "light"}
    assert browser.post("/accounts/theme/", {"theme": "dark"}, content_type="application/json").status_code == 200
    olga.refresh_from_db()
    assert olga.theme == "dark"
    for body in (b"{", b"[]", b"null", json.dumps({"theme": "pink"}).encode()):
        assert browser.post("/accounts/theme/", body, content_type="application/json").status_code == 400


@permission_required(Permission.ACKNOWLEDGE_ALARMS)
def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("in")


@permission_required(Permission.ACKNOWLEDGE_ALARMS)
async def async_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("in")


class ClassPage(NeedsPermission, View):
    required_permission = Permission.ACKNOWLEDGE_ALARMS

    def get(self, request: HttpRequest) -> HttpResponse:
        return HttpResponse("in")


@pytest.mark.parametrize("view", [page, ClassPage.as_view()])
@pytest.mark.parametrize("role", list(Role))
def test_a_page_opens_for_those_with_its_permission_only(view: Any, role: Role) -> None:
    user = User.objects.create_user("someone", role=role)
    request = RequestFactory().get("/desk/")
    request.user = user
    answer = view(request)

    assert answer.status_code == (200 if user.may(Permission.ACKNOWLEDGE_ALARMS) else 403)
    denied = AuditEvent.objects.filter(action="access.denied", target="/desk/", actor_name="someone").exists()
    assert denied is (answer.status_code == 403)


@pytest.mark.django_db(transaction=True)
async def test_an_async_page_is_guarded_as_well() -> None:
    viewer = await User.objects.acreate(username="vera", role=Role.VIEWER)
    operator = await User.objects.acreate(username="olga", role=Role.OPERATOR)
    answers = []
    for user in (viewer, operator):
        request = AsyncRequestFactory().get("/desk/")
        request.user = user
        answers.append((await async_page(request)).status_code)

    await sync_to_async(connections.close_all)()
    assert answers == [403, 200]


def test_strangers_are_led_to_the_sign_in() -> None:
    browser = Client()
    request = RequestFactory().get("/desk/?a=1")
    request.user = browser.get(SIGN_IN).wsgi_request.user
    answer = page(request)
    partial = RequestFactory().get("/desk/", headers={"HX-Request": "true"})
    partial.user = request.user

    assert answer.url == f"{SIGN_IN}?next=/desk/%3Fa%3D1"
    assert page(partial).headers["HX-Redirect"] == SIGN_IN


def test_the_administration_has_no_sign_in_of_its_own(olga: User) -> None:
    browser = Client()
    assert browser.get("/admin/").headers["Location"].startswith("/admin/login/")
    assert browser.get("/admin/login/?next=/admin/").headers["Location"] == f"{SIGN_IN}?next=/admin/"
    assert browser.post("/admin/login/", {"username": "olga", "password": PASSWORD}).status_code == 302
    assert settings.SESSION_COOKIE_NAME not in browser.cookies
    browser.force_login(olga)
    assert browser.get("/admin/login/?next=/admin/").status_code == 403


@pytest.fixture
def ada(client: Client) -> User:
    user = User.objects.create_user("ada", role=Role.ADMIN)
    client.force_login(user)
    return user


def test_a_change_of_role_in_the_administration_is_audited(client: Client, ada: User, olga: User) -> None:
    form = {"username": "olga", "role": "engineer", "is_active": "on", "theme": "auto", "time_zone": ""}
    answer = client.post(f"/admin/accounts/user/{olga.pk}/change/", form)
    assert answer.status_code == 302, answer.context["errors"]
    event = AuditEvent.objects.get(action="admin.changed")

    assert (event.actor_name, event.detail["role"]) == ("ada", "engineer")
    assert "olga" in event.target


def test_the_flags_of_django_cannot_be_posted(client: Client, ada: User, olga: User) -> None:
    form = {
        "username": "olga",
        "role": "viewer",
        "is_active": "on",
        "theme": "auto",
        "is_superuser": "on",
        "is_staff": "on",
    }
    client.post(f"/admin/accounts/user/{olga.pk}/change/", form)
    olga.refresh_from_db()

    assert (olga.role, olga.is_superuser, olga.is_staff) == ("viewer", False, False)


def test_people_are_added_and_unlocked_in_the_administration(client: Client, ada: User, olga: User) -> None:
    form = {
        "username": "egon",
        "role": "engineer",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "usable_password": "true",
    }
    answer = client.post("/admin/accounts/user/add/", form)
    assert answer.status_code == 302, answer.context["errors"]
    assert User.objects.get(username="egon").role == Role.ENGINEER
    for _ in range(5):
        sign_in("wrong")
    client.post("/admin/accounts/user/", {"action": "unlock", "_selected_action": olga.pk})

    assert sign_in(PASSWORD).status_code == 302
    assert {"admin.added", "sign_in.unlocked"} <= set(actions())


def test_a_token_is_shown_once_in_the_administration_and_can_be_revoked(client: Client, ada: User) -> None:
    form = {"name": "gateway", "scopes": ["write_telemetry"], "days": "30"}
    issued = client.post("/admin/accounts/apitoken/add/", form, follow=True)
    token = ApiToken.objects.get()

    assert f"{token.prefix}_" in issued.content.decode()
    assert token.owner == ada
    assert f"{token.prefix}_" not in client.get(f"/admin/accounts/apitoken/{token.pk}/change/").content.decode()
    assert client.post(f"/admin/accounts/apitoken/{token.pk}/change/", {"name": "x"}).status_code == 403
    client.post("/admin/accounts/apitoken/", {"action": "revoke", "_selected_action": token.pk})
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_a_token_with_nonsense_is_refused_in_the_administration(client: Client, ada: User) -> None:
    for form in ({"name": "", "scopes": [], "days": "30"}, {"name": "x", "scopes": ["fly"], "days": "400"}):
        assert client.post("/admin/accounts/apitoken/add/", form).status_code == 200
    assert not ApiToken.objects.exists()
