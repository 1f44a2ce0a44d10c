from django.urls import URLPattern, path

from apps.live.consumer import LiveConsumer

urlpatterns: list[URLPattern] = []
websocket_urlpatterns = [path("ws/live/", LiveConsumer.as_asgi())]
