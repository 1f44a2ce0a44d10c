from django.urls import path

from apps.markets.api import price_forecasts, reading, trading, trading_acts, writing

app_name = "markets"
urlpatterns = [
    path("markets/zones", reading.ZonesView.as_view(), name="zones"),
    path("markets/feeds", reading.FeedsView.as_view(), name="feeds"),
    path("markets/files", reading.FilesView.as_view(), name="files"),
    path("markets/prices", reading.PricesView.as_view(), name="prices"),
    path("markets/price-forecasts", price_forecasts.PriceForecastsView.as_view(), name="price-forecasts"),
    path("markets/price-forecasts/skill", price_forecasts.PriceSkillView.as_view(), name="price-skill"),
    path("markets/tariffs", reading.TariffsView.as_view(), name="tariffs"),
    path("markets/tariffs/course", reading.TariffCourseView.as_view(), name="tariff-course"),
    path("markets/imports", writing.ImportsView.as_view(), name="imports"),
    path("markets/portfolios", trading.TradingPortfoliosView.as_view(), name="portfolios"),
    path("markets/portfolios/<int:portfolio_id>/limits", trading_acts.TradingLimitsView.as_view(), name="limits"),
    path("markets/portfolios/<int:portfolio_id>/bids", trading.BidsView.as_view(), name="bids"),
    path("markets/portfolios/<int:portfolio_id>/position", trading.TradingPositionView.as_view(), name="position"),
    path("markets/portfolios/<int:portfolio_id>/orders", trading.IntradayOrdersView.as_view(), name="orders"),
    path(
        "markets/portfolios/<int:portfolio_id>/orders/approval",
        trading_acts.OrdersApprovalView.as_view(),
        name="orders-approval",
    ),
    path(
        "markets/portfolios/<int:portfolio_id>/orders/withdrawal",
        trading_acts.OrdersWithdrawalView.as_view(),
        name="orders-withdrawal",
    ),
    path("markets/portfolios/<int:portfolio_id>/results", trading.TradingResultsView.as_view(), name="results"),
    path("markets/portfolios/<int:portfolio_id>/imbalances", trading.ImbalancesView.as_view(), name="imbalances"),
    path("markets/bids/<int:bid_id>", trading.BidView.as_view(), name="bid"),
    path("markets/bids/<int:bid_id>/document", trading.BidDocumentView.as_view(), name="bid-document"),
    path("markets/bids/<int:bid_id>/submission", trading_acts.BidSubmissionView.as_view(), name="bid-submission"),
    path("markets/bids/<int:bid_id>/approval", trading_acts.BidApprovalView.as_view(), name="bid-approval"),
    path("markets/bids/<int:bid_id>/rejection", trading_acts.BidRejectionView.as_view(), name="bid-rejection"),
    path("markets/bids/<int:bid_id>/withdrawal", trading_acts.BidWithdrawalView.as_view(), name="bid-withdrawal"),
]
