"""What a page may load: only what this site serves."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

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


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    def answered(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault(HEADER, policy(request.path))
        return response

    return answered
