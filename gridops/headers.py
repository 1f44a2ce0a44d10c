"""What a page may load: only what this site serves."""

from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

HEADER = "Content-Security-Policy"
PAGES = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",  # charts and maps place their elements by style attributes
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}
# The admin's interface evaluates expressions that stand in attributes (Alpine).
ADMIN = {**PAGES, "script-src": "'self' 'unsafe-inline' 'unsafe-eval'"}


def policy(path: str) -> str:
    chosen = ADMIN if path.startswith("/admin/") else PAGES
    return "; ".join(f"{name} {sources}" for name, sources in chosen.items())


@sync_and_async_middleware
def content_security_policy(
    get_response: Callable[[HttpRequest], Any],
) -> Callable[[HttpRequest], HttpResponseBase] | Callable[[HttpRequest], Awaitable[HttpResponseBase]]:
    if iscoroutinefunction(get_response):

        async def later(request: HttpRequest) -> HttpResponseBase:
            return _with_policy(request, await get_response(request))

        return later

    def now(request: HttpRequest) -> HttpResponseBase:
        return _with_policy(request, get_response(request))

    return now


def _with_policy(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    response.headers.setdefault(HEADER, policy(request.path))
    return response
