from django.urls import path

from apps.alarms.api import acts, areas, figures, lists, past

app_name = "alarms"
urlpatterns = [
    path("alarms", lists.AlarmsView.as_view(), name="alarms"),
    path("alarms/groups", lists.GroupsView.as_view(), name="groups"),
    path("alarms/figures", figures.FiguresView.as_view(), name="figures"),
    path("alarms/past", lists.PastAlarmsView.as_view(), name="past"),
    path("alarms/past/entries", past.EntriesView.as_view(), name="past-entries"),
    path("alarms/past/groups", past.PastGroupsView.as_view(), name="past-groups"),
    path("alarms/past/neighbours", past.NeighboursView.as_view(), name="past-neighbours"),
    path("alarms/<int:alarm_id>/acknowledgement", acts.AcknowledgementView.as_view(), name="acknowledgement"),
    path("alarms/<int:alarm_id>/reset", acts.ResetView.as_view(), name="reset"),
    path("alarms/<int:alarm_id>/shelving", acts.ShelvingView.as_view(), name="shelving"),
    path("alarms/<int:alarm_id>/out-of-service", acts.OutOfServiceView.as_view(), name="out-of-service"),
    path("alarms/<int:alarm_id>/out-of-service/approval", acts.ApprovalView.as_view(), name="approval"),
    path("areas", areas.AreasView.as_view(), name="areas"),
    path("areas/<int:area_id>/responsibility", areas.ResponsibilityView.as_view(), name="responsibility"),
    path("presence", areas.PresenceView.as_view(), name="presence"),
]
