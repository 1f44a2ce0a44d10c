from apps.markets.models.books import (
    Bid,
    DailyResult,
    DraftRun,
    ImbalanceSettlement,
    IntradayOrder,
    RiskFrontier,
    Trade,
)
from apps.markets.models.portfolio import (
    PlannedVolume,
    PortfolioMember,
    StoreTerms,
    TradingLimits,
    TradingPortfolio,
)
from apps.markets.models.price_forecasts import PriceForecast, PriceScore
from apps.markets.models.prices import (
    BiddingZone,
    MarketBlock,
    MarketFeed,
    MarketFile,
    MarketSeries,
    Tariff,
    TariffPart,
)

__all__ = [
    "Bid",
    "BiddingZone",
    "DailyResult",
    "DraftRun",
    "ImbalanceSettlement",
    "IntradayOrder",
    "MarketBlock",
    "MarketFeed",
    "MarketFile",
    "MarketSeries",
    "PlannedVolume",
    "PortfolioMember",
    "PriceForecast",
    "PriceScore",
    "RiskFrontier",
    "StoreTerms",
    "Tariff",
    "TariffPart",
    "Trade",
    "TradingLimits",
    "TradingPortfolio",
]
