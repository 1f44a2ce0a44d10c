from django.apps import AppConfig


class OpenAdrConfig(AppConfig):
    name = "apps.openadr"
    verbose_name = "OpenADR"
    default_auto_field = "django.db.models.BigAutoField"
