"""A request's middleware and view share one thread, and its database connection is given back at the end."""

import asyncio
import threading
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import path

from gridops.handler import OneThreadHandler

SEEN: list[tuple[str, int]] = []


def noting(get_response: Any) -> Any:
    def answered(request: HttpRequest) -> Any:
        SEEN.append(("before", threading.get_ident()))
        response = get_response(request)
        SEEN.append(("after", threading.get_ident()))
        return response

    return answered


def view(_: HttpRequest) -> HttpResponse:
    SEEN.append(("view", threading.get_ident()))
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse(b"done")


def fails(_: HttpRequest) -> HttpResponse:
    raise RuntimeError("it fails")


urlpatterns = [path("here/", view), path("fails/", fails)]


async def asked(handler: OneThreadHandler, where: str) -> tuple[int, bytes]:
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http",
        "method": "GET",
        "path": where,
        "headers": [(b"host", b"testserver")],
        "query_string": b"",
    }
    received = asyncio.Queue[dict[str, Any]]()
    await received.put({"type": "http.request", "body": b"", "more_body": False})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await handler(scope, received.get, send)
    return sent[0]["status"], b"".join(one.get("body", b"") for one in sent[1:])


@pytest.fixture
def handler(settings: Any) -> OneThreadHandler:
    SEEN.clear()
    settings.ROOT_URLCONF = __name__
    whitenoise = "whitenoise.middleware.WhiteNoiseMiddleware"
    settings.MIDDLEWARE = [whitenoise, f"{__name__}.noting", "django.middleware.common.CommonMiddleware"]
    return OneThreadHandler()


@pytest.mark.django_db(transaction=True)
def test_middleware_and_view_run_in_one_thread_that_is_not_the_loops(handler: OneThreadHandler) -> None:
    assert asyncio.run(asked(handler, "/here/")) == (200, b"done")
    assert [what for what, _ in SEEN] == ["before", "view", "after"]
    assert {where for _, where in SEEN} != {threading.get_ident()}
    assert len({where for _, where in SEEN}) == 1


@pytest.mark.django_db(transaction=True)
def test_a_view_that_fails_is_an_answer(handler: OneThreadHandler) -> None:
    status, _ = asyncio.run(asked(handler, "/fails/"))
    assert status == 500


@pytest.mark.django_db(transaction=True)
def test_many_requests_at_once_leave_no_connection_behind(handler: OneThreadHandler) -> None:
    async def crowd() -> list[tuple[int, bytes]]:
        return await asyncio.gather(*(asked(handler, "/here/") for _ in range(40)))

    assert asyncio.run(crowd()) == [(200, b"done")] * 40
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'")
        assert cursor.fetchone()[0] == 1
