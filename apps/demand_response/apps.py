from django.apps import AppConfig


class DemandResponseConfig(AppConfig):
    name = "apps.demand_response"
    default_auto_field = "django.db.models.BigAutoField"
