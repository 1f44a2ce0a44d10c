from django.apps import AppConfig


class RenewablesConfig(AppConfig):
    name = "apps.renewables"
    default_auto_field = "django.db.models.BigAutoField"
