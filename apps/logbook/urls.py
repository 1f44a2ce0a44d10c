from django.urls import path

from apps.logbook import api, api_events

app_name = "logbook"
urlpatterns = [
    path("logbook", api.ShiftLogView.as_view(), name="logbook"),
    path("logbook/notes", api.NotesView.as_view(), name="notes"),
    path("logbook/notes/<int:note_id>/correction", api.CorrectionView.as_view(), name="correction"),
    path("logbook/notes/<int:note_id>/closing", api.ClosingView.as_view(), name="closing"),
    path("events", api_events.EventsView.as_view(), name="events"),
    path("events/export", api_events.EventsExportView.as_view(), name="events-export"),
    path("hand-overs", api.HandOversView.as_view(), name="hand-overs"),
    path("hand-overs/page", api.HandOverPageView.as_view(), name="hand-over-page"),
    path("hand-overs/<int:hand_over_id>", api.HandOverView.as_view(), name="hand-over"),
    path("hand-overs/<int:hand_over_id>/signature", api.SignatureView.as_view(), name="signature"),
    path("hand-overs/<int:hand_over_id>/withdrawal", api.WithdrawalView.as_view(), name="withdrawal"),
]
