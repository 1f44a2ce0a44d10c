from django.apps import AppConfig


class ControlRoomConfig(AppConfig):
    name = "apps.control_room"
    default_auto_field = "django.db.models.BigAutoField"
