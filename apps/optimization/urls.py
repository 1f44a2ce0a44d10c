from django.urls import path

from apps.optimization.api import ahead, runs, study_optima, voltage

app_name = "optimization"
urlpatterns = [
    path("optimization/envelopes", ahead.EnvelopesView.as_view(), name="envelopes"),
    path("optimization/envelopes/<uuid:mrid>", ahead.EnvelopeView.as_view(), name="envelope"),
    path("optimization/congestion", ahead.CongestionView.as_view(), name="congestion"),
    path("optimization/congestion/prices/<uuid:mrid>", ahead.PointPricesView.as_view(), name="point-prices"),
    path("optimization/runs", runs.OptimizationRunsView.as_view(), name="runs"),
    path("optimization/runs/<int:run_id>", runs.OptimizationRunView.as_view(), name="run"),
    path("optimization/studies/<int:study_id>", study_optima.StudyOptimaView.as_view(), name="study-optima"),
    path(
        "optimization/studies/<int:study_id>/runs/<int:run_id>",
        study_optima.StudyOptimumView.as_view(),
        name="study-optimum",
    ),
    path(
        "optimization/studies/<int:study_id>/runs/<int:run_id>/apply",
        study_optima.StudyOptimumApplyView.as_view(),
        name="study-optimum-apply",
    ),
    path("optimization/voltage", voltage.FeederVoltagesView.as_view(), name="voltages"),
    path("optimization/voltage/<uuid:feeder_mrid>", voltage.FeederVoltageView.as_view(), name="voltage"),
    path(
        "optimization/voltage/<uuid:feeder_mrid>/setting", voltage.VoltageSettingView.as_view(), name="voltage-setting"
    ),
]
