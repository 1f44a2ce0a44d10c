"""What /notifiers answers."""

from typing import Any

from django.conf import settings


def notifiers() -> dict[str, Any]:
    """MQTT is named only where there is a broker. Clients show their token as the password."""
    answer: dict[str, Any] = {"WEBHOOK": True}
    if settings.OPENADR_MQTT_BROKER:
        answer["MQTT"] = {
            "URIS": [settings.OPENADR_MQTT_URI or _own_uri()],
            "serialization": "JSON",
            "authentication": {"method": "OAUTH2_BEARER_TOKEN", "username": "{clientID}"},
        }
    return answer


def _own_uri() -> str:
    scheme = "mqtts" if settings.OPENADR_MQTT_CERT else "mqtt"
    return f"{scheme}://{settings.OPENADR_MQTT_LISTEN}:{settings.OPENADR_MQTT_PORT}"
