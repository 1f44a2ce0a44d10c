from django.urls import path

from apps.renewables.api import hosting, portfolio, stability, trading

app_name = "renewables"
urlpatterns = [
    path("renewables/portfolios", portfolio.PortfoliosView.as_view(), name="portfolios"),
    path("renewables/portfolios/<int:portfolio_id>/band", portfolio.BandView.as_view(), name="band"),
    path("renewables/portfolios/<int:portfolio_id>/plants", portfolio.PlantsView.as_view(), name="plants"),
    path(
        "renewables/portfolios/<int:portfolio_id>/curtailments",
        portfolio.CurtailmentsView.as_view(),
        name="curtailments",
    ),
    path(
        "renewables/portfolios/<int:portfolio_id>/integration", portfolio.IntegrationView.as_view(), name="integration"
    ),
    path("renewables/reserve", portfolio.ReserveView.as_view(), name="reserve"),
    path("renewables/avoidance", portfolio.AvoidanceView.as_view(), name="avoidance"),
    path("renewables/firming", portfolio.FirmingsView.as_view(), name="firmings"),
    path("renewables/firming/<int:firming_id>", portfolio.FirmingView.as_view(), name="firming"),
    path("renewables/hosting", hosting.HostingView.as_view(), name="hosting"),
    path("renewables/hosting/run", hosting.HostingRunView.as_view(), name="hosting-run"),
    path("renewables/hosting/<int:run_id>/nodes/<uuid:mrid>", hosting.HostingNodeView.as_view(), name="hosting-node"),
    path("renewables/trading/drafts", trading.BidDraftsView.as_view(), name="trading-drafts"),
    path("renewables/trading/drafts/<int:draft_id>", trading.BidDraftView.as_view(), name="trading-draft"),
    path("renewables/trading/frontiers", trading.FrontiersView.as_view(), name="trading-frontiers"),
    path("renewables/stability", stability.StabilityView.as_view(), name="stability"),
    path("renewables/stability/frequency", stability.FrequencyView.as_view(), name="stability-frequency"),
]
