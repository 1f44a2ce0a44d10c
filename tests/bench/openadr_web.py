"""The product's web server with one view beside it that does nothing: what Django itself takes for an answer."""

import os

import django
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridops.settings")
django.setup()


def bare(_: HttpRequest) -> HttpResponse:
    return HttpResponse(b"[]", content_type="application/json")


urlpatterns = [path("bare/", bare), path("", include("gridops.urls"))]
settings.ROOT_URLCONF = __name__

from gridops.asgi import application  # noqa: E402  it reads the settings

__all__ = ["application"]
