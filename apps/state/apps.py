from django.apps import AppConfig


class StateConfig(AppConfig):
    name = "apps.state"
    default_auto_field = "django.db.models.BigAutoField"
