from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings

from apps.markets.choices import FeedKind
from apps.markets.models import BiddingZone, MarketFeed, TradingPortfolio
from apps.markets.services.folders import folder_of
from gridops.intake.addresses import AddressRefused, checked_address
from gridops.intake.folders import FolderRefused, folder_inside

LEAST_S = 60


class BiddingZoneForm(forms.ModelForm):
    class Meta:
        model = BiddingZone
        fields = ["code", "name", "time_zone", "gate_closes_at", "publishes_at", "late_at", "is_watched"]
        help_texts = {
            "code": "As files name it: the EIC of ENTSO-E, such as 10Y1001A1001A82H, or the house's own.",
            "time_zone": "Its days of delivery begin at midnight there, such as Europe/Berlin.",
            "gate_closes_at": "By that clock, of the day before: until when bids are taken.",
            "publishes_at": "By that clock, when day-ahead prices come out; archives are believed to be known since.",
            "late_at": "By that clock, from when on missing prices of tomorrow are an alarm.",
            "is_watched": "Whether missing prices are an alarm.",
        }

    def clean_time_zone(self) -> str:
        name = str(self.cleaned_data["time_zone"])
        if name not in available_timezones():
            raise forms.ValidationError("There is no time zone of this name; write one like Europe/Berlin.")
        return name


class MarketFeedForm(forms.ModelForm):
    class Meta:
        model = MarketFeed
        fields = [
            "name",
            "kind",
            "file_format",
            "folder",
            "url",
            "zone",
            "product",
            "every_s",
            "is_archive",
            "is_enabled",
        ]
        help_texts = {
            "folder": "Inside the root of drop folders (GRIDOPS_MARKET_ROOT), such as 'entsoe/prices'.",
            "url": "http or https. {from} and {to} become the span asked for (yesterday to the day after tomorrow), "
            "{NAME} the secret GRIDOPS_MARKET_SECRET_NAME. A private address must be listed in GRIDOPS_MARKET_HOSTS.",
            "zone": "Of files that do not name it.",
            "product": "Of CSV files that do not name it.",
            "every_s": "How often the address is asked.",
            "is_archive": "Its files tell a past that was known when it was published. Not for a running feed.",
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            if cleaned.get("kind") == FeedKind.URL:
                checked_address(cleaned.get("url", ""))
            elif cleaned.get("kind") == FeedKind.FOLDER:
                folder_of(MarketFeed(folder=cleaned.get("folder", "")))
        except AddressRefused as refusal:
            self.add_error("url", str(refusal))
        except FolderRefused as refusal:
            self.add_error("folder", str(refusal))
        if cleaned.get("every_s") is not None and cleaned["every_s"] < LEAST_S:
            self.add_error("every_s", f"Ask at most once a minute: give {LEAST_S} or more.")
        return cleaned


class TradingPortfolioForm(forms.ModelForm):
    class Meta:
        model = TradingPortfolio
        fields = [
            "name",
            "zone",
            "is_traded",
            "takes_all_plants",
            "folder",
            "drop_format",
            "currency",
            "storage_offer",
            "risk_weight",
            "risk_level",
            "scenario_count",
            "assumed_spread",
            "assumed_spread_source",
            "intraday_cost",
        ]
        help_texts = {
            "takes_all_plants": "Plants of sun and wind, and batteries of its zone, that are in no other portfolio.",
            "folder": "Under the root of drop folders: where bids are put, such as exchange/bids.",
            "risk_weight": "Of the worst cases, 0 to 1, for bids that the desk drafts by itself.",
            "risk_level": "0.9: the worst tenth.",
            "assumed_spread": "What an imbalance costs beside the day-ahead price, per MWh, while none is known.",
            "assumed_spread_source": "On what that stands.",
            "intraday_cost": "What trading intraday costs each way beside the price told, per MWh.",
        }

    def clean_folder(self) -> str:
        folder = str(self.cleaned_data["folder"])
        try:
            folder_inside(Path(settings.MARKET_ROOT), folder)
        except FolderRefused as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return folder
