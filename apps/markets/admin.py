from django.contrib import admin
from django.http import HttpRequest

from apps.audit.admin_base import AuditedModelAdmin, ReadOnlyAdmin
from apps.markets.forms import BiddingZoneForm, MarketFeedForm, TradingPortfolioForm
from apps.markets.models import (
    BiddingZone,
    MarketFeed,
    MarketFile,
    MarketSeries,
    PortfolioMember,
    Tariff,
    TradingPortfolio,
)


@admin.register(BiddingZone)
class BiddingZoneAdmin(AuditedModelAdmin):
    form = BiddingZoneForm
    list_display = ["code", "name", "time_zone", "publishes_at", "late_at", "is_watched"]
    search_fields = ["code", "name"]


@admin.register(MarketFeed)
class MarketFeedAdmin(AuditedModelAdmin):
    """Whoever may change a feed says what the site reads and asks: administrators only."""

    form = MarketFeedForm
    list_display = ["name", "kind", "file_format", "zone", "is_enabled", "heard_at", "reason"]
    list_filter = ["kind", "is_enabled"]
    search_fields = ["name"]
    readonly_fields = ["asked_at", "heard_at", "reason"]
    list_select_related = ["zone"]

    def has_delete_permission(self, request: HttpRequest, obj: MarketFeed | None = None) -> bool:
        """One that has brought something is switched off."""
        return obj is None or not obj.files.exists()


@admin.register(MarketSeries)
class MarketSeriesAdmin(AuditedModelAdmin):
    """Series come with their values; only which is believed first is chosen."""

    list_display = ["zone", "product", "auction", "step_s", "unit", "rank"]
    list_filter = ["product", "zone"]
    readonly_fields = ["zone", "product", "auction", "step_s", "unit"]
    list_select_related = ["zone"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: MarketSeries | None = None) -> bool:
        return False


@admin.register(MarketFile)
class MarketFileAdmin(ReadOnlyAdmin):
    list_display = ["name", "feed", "received_at", "outcome", "reason"]
    list_filter = ["outcome", "feed"]
    search_fields = ["name", "sha256"]
    list_select_related = ["feed"]


@admin.register(Tariff)
class TariffAdmin(ReadOnlyAdmin):
    list_display = ["name", "customer_class", "area", "valid_from", "valid_to", "spot_zone"]
    search_fields = ["name", "customer_class", "area"]
    list_select_related = ["spot_zone"]


@admin.register(TradingPortfolio)
class TradingPortfolioAdmin(AuditedModelAdmin):
    """Its limits are set on the trading desk, in the name of who approves trades."""

    form = TradingPortfolioForm
    list_display = ["name", "zone", "is_traded", "folder", "risk_weight", "storage_offer", "fault"]
    list_select_related = ["zone"]
    readonly_fields = ["fault", "note"]

    def has_delete_permission(self, request: HttpRequest, obj: TradingPortfolio | None = None) -> bool:
        """One that has bid is switched off."""
        return obj is None or not obj.bids.exists()


@admin.register(PortfolioMember)
class PortfolioMemberAdmin(AuditedModelAdmin):
    list_display = ["name", "source", "portfolio", "mrid"]
    list_filter = ["source", "portfolio"]
    search_fields = ["name", "mrid"]
    list_select_related = ["portfolio"]
