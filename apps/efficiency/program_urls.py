from django.urls import path

from apps.efficiency.api import programs as api

app_name = "efficiency-programs"
urlpatterns = [
    path("efficiency/pipeline", api.EfficiencyPipelineView.as_view(), name="pipeline"),
    path("efficiency/sites", api.EfficiencySitesView.as_view(), name="sites"),
    path("efficiency/sites/<int:site_id>", api.EfficiencySiteView.as_view(), name="site"),
    path("efficiency/sites/<int:site_id>/readings", api.SiteReadingsView.as_view(), name="readings"),
    path("efficiency/measures", api.EfficiencyMeasuresView.as_view(), name="measures"),
    path("efficiency/measures/catalogue", api.StartingCatalogueView.as_view(), name="catalogue"),
    path("efficiency/measures/<int:measure_id>", api.EfficiencyMeasureView.as_view(), name="measure"),
    path("efficiency/enrolments", api.MeasureEnrolmentsView.as_view(), name="enrolments"),
    path("efficiency/enrolments/<int:enrolment_id>/step", api.MeasureStepView.as_view(), name="step"),
    path("efficiency/enrolments/<int:enrolment_id>/verification", api.MeasureVerificationView.as_view(), name="verify"),
    path("efficiency/emissions", api.EmissionFactorsView.as_view(), name="emissions"),
]
