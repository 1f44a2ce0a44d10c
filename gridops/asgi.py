import os

import django
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridops.settings")
os.environ.setdefault("GRIDOPS_STATEMENT_TIMEOUT_S", "5")  # a page never holds the database longer
django.setup(set_prefix=False)

from apps.live.session import signed_in  # noqa: E402  the apps must be loaded first
from apps.live.urls import websocket_urlpatterns  # noqa: E402
from gridops.handler import OneThreadHandler  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": OneThreadHandler(),
        "websocket": AllowedHostsOriginValidator(signed_in(URLRouter(websocket_urlpatterns))),
    }
)
