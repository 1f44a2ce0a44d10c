from django.urls import path

from apps.studies.api import runs, studies

app_name = "studies"
urlpatterns = [
    path("studies", studies.StudiesView.as_view(), name="studies"),
    path("studies/<int:study_id>", studies.StudyView.as_view(), name="study"),
    path("studies/<int:study_id>/copy", studies.StudyCopyView.as_view(), name="copy"),
    path("studies/<int:study_id>/changes", studies.StudyChangesView.as_view(), name="changes"),
    path("studies/<int:study_id>/changes/<int:position>", studies.StudyChangeView.as_view(), name="change"),
    path("studies/<int:study_id>/geometry", studies.StudyGeometryView.as_view(), name="geometry"),
    path("studies/<int:study_id>/elements", studies.StudyElementsView.as_view(), name="elements"),
    path("studies/<int:study_id>/runs", runs.StudyRunsView.as_view(), name="runs"),
    path("studies/<int:study_id>/runs/<int:run_id>", runs.StudyRunView.as_view(), name="run"),
    path("studies/<int:study_id>/runs/<int:run_id>/frame", runs.StudyFrameView.as_view(), name="frame"),
    path("studies/<int:study_id>/comparison", runs.StudyComparisonView.as_view(), name="comparison"),
]
