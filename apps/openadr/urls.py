"""Below /openadr3/3.1.0: the addresses of the official document, and no others."""

from django.urls import path

from apps.openadr.api import objects
from apps.openadr.api.auth import AuthServer, Token
from apps.openadr.api.notifiers import Notifiers, Topics
from apps.openadr.api.objects import ObjectDetail, ObjectList

ENDPOINTS = {
    "programs": objects.PROGRAMS,
    "events": objects.EVENTS,
    "reports": objects.REPORTS,
    "subscriptions": objects.SUBSCRIPTIONS,
    "vens": objects.VENS,
    "resources": objects.RESOURCES,
}
TOPICS = {
    "programs": "programs",
    "programs/<str:object_id>": "program",
    "programs/<str:object_id>/events": "program events",
    "events": "events",
    "reports": "reports",
    "subscriptions": "subscriptions",
    "vens": "vens",
    "resources": "resources",
    "vens/<str:object_id>": "ven",
    "vens/<str:object_id>/events": "ven events",
    "vens/<str:object_id>/programs": "ven programs",
    "vens/<str:object_id>/resources": "ven resources",
}

app_name = "openadr"
urlpatterns = [
    path("auth/server", AuthServer.as_view(), name="server"),
    path("auth/token", Token.as_view(), name="token"),
    path("notifiers", Notifiers.as_view(), name="notifiers"),
    *[path(f"notifiers/mqtt/topics/{rest}", Topics.as_view(branch=branch)) for rest, branch in TOPICS.items()],
    *[path(name, ObjectList.as_view(endpoint=endpoint), name=name) for name, endpoint in ENDPOINTS.items()],
    *[path(f"{name}/<str:object_id>", ObjectDetail.as_view(endpoint=endpoint)) for name, endpoint in ENDPOINTS.items()],
]
