from django.urls import URLPattern, URLResolver, path

from apps.impact.api import report, studies

app_name = "impact"
urlpatterns: list[URLPattern | URLResolver] = [
    path("impact/studies", studies.ImpactStudiesView.as_view(), name="studies"),
    path("impact/studies/<int:study_id>", studies.ImpactStudyView.as_view(), name="study"),
    path("impact/studies/<int:study_id>/cancellation", studies.ImpactStudyCallOffView.as_view(), name="call-off"),
    path("impact/studies/<int:study_id>/figures/<slug:figure>", studies.ImpactFigureView.as_view(), name="figure"),
    path("impact/studies/<int:study_id>/report.pdf", report.BoardReportPdfView.as_view(), name="report-pdf"),
    path("impact/studies/<int:study_id>/report.csv", report.BoardReportCsvView.as_view(), name="report-csv"),
    path("impact/runs/<int:run_id>", studies.ArmRunView.as_view(), name="run"),
    path("impact/runs/<int:run_id>/record.npz", studies.ArmRecordView.as_view(), name="record"),
]
