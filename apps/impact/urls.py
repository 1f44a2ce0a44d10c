from django.urls import URLPattern, URLResolver, path

from apps.impact.api import report

app_name = "impact"
urlpatterns: list[URLPattern | URLResolver] = [
    path("impact/studies/<int:study_id>/report.pdf", report.BoardReportPdfView.as_view(), name="report-pdf"),
    path("impact/studies/<int:study_id>/report.csv", report.BoardReportCsvView.as_view(), name="report-csv"),
]
