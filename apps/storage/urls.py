from django.urls import path

from apps.storage.api import desk, plans, studio, views

app_name = "storage"
urlpatterns = [
    path("storage/desk", desk.DeskView.as_view(), name="desk"),
    path("storage/outlook", desk.OutlookView.as_view(), name="outlook"),
    path("storage/plants/<uuid:mrid>/condition", desk.ConditionView.as_view(), name="condition"),
    path("storage/plants/<uuid:mrid>/health", desk.HealthView.as_view(), name="health"),
    path("storage/plants/<uuid:mrid>/earnings.csv", desk.EarningsFileView.as_view(), name="earnings-file"),
    path("storage/fleets", views.FleetsView.as_view(), name="fleets"),
    path("storage/plants/<uuid:mrid>", views.PlantView.as_view(), name="plant"),
    path("storage/plants/<uuid:mrid>/charge", views.ChargeView.as_view(), name="charge"),
    path("storage/plants/<uuid:mrid>/earnings", views.EarningsView.as_view(), name="earnings"),
    path("storage/plants/<uuid:mrid>/limits", views.SettingsView.as_view(), name="limits"),
    path("storage/plants/<uuid:mrid>/reset", views.ResetView.as_view(), name="reset"),
    path("storage/plants/<uuid:mrid>/capacity-tests", studio.TestsView.as_view(), name="capacity-tests"),
    path("storage/plants/<uuid:mrid>/capacity-tests/file", studio.TestFileView.as_view(), name="capacity-test-file"),
    path("storage/plants/<uuid:mrid>/lifespan", studio.LifespanView.as_view(), name="lifespan"),
    path("storage/plants/<uuid:mrid>/battery-cost", studio.BatteryCostView.as_view(), name="battery-cost"),
    path("storage/plants/<uuid:mrid>/earned", studio.EarnedView.as_view(), name="earned"),
    path("storage/plants/<uuid:mrid>/case-form", studio.PlantCaseFormView.as_view(), name="plant-case-form"),
    path("storage/case-form", studio.CaseFormView.as_view(), name="case-form"),
    path("storage/cases", studio.CasesView.as_view(), name="cases"),
    path("storage/cases/file", studio.CaseFileView.as_view(), name="case-file"),
    path("storage/cases/<int:case_id>", studio.CaseView.as_view(), name="case"),
    path("storage/cases/<int:case_id>/archive", studio.ArchiveCaseView.as_view(), name="archive-case"),
    path("storage/cases/<int:case_id>/file", studio.CaseExportView.as_view(), name="case-export"),
    path("storage/plants/<uuid:mrid>/schedules", views.SchedulesView.as_view(), name="schedules"),
    path("storage/schedules/<int:schedule_id>", views.ScheduleView.as_view(), name="schedule"),
    path("storage/sites", plans.SitesView.as_view(), name="sites"),
    path("storage/sites/<int:site_id>", plans.SiteView.as_view(), name="site"),
    path("storage/sites/<int:site_id>/plans", plans.SitePlansView.as_view(), name="site-plans"),
    path("storage/site-plans/<int:plan_id>", plans.SitePlanView.as_view(), name="site-plan"),
    path("storage/reserve", plans.ReservesView.as_view(), name="reserve"),
    path("storage/reserve/file", plans.ReserveFileView.as_view(), name="reserve-file"),
    path(
        "storage/reserve/<int:commitment_id>/withdrawal", plans.WithdrawReserveView.as_view(), name="withdraw-reserve"
    ),
    path("storage/limit-settings/<int:setting_id>/lifting", views.LiftView.as_view(), name="lift-limit"),
]
