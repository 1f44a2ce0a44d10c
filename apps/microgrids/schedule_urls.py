from django.urls import path

from apps.microgrids.api.schedules import MicrogridScheduleView

app_name = "microgrid-schedules"

urlpatterns = [path("microgrids/<uuid:mrid>/schedule", MicrogridScheduleView.as_view(), name="schedule")]
