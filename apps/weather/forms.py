from typing import Any

from django import forms

from apps.weather.choices import FeedKind
from apps.weather.models import Feed
from apps.weather.services.folders import folder_of
from gridops.intake.addresses import AddressRefused, checked_address
from gridops.intake.folders import FolderRefused


class FeedForm(forms.ModelForm):
    class Meta:
        model = Feed
        fields = [
            "name",
            "kind",
            "file_format",
            "data_kind",
            "provider",
            "model",
            "folder",
            "url",
            "location",
            "every_s",
            "is_archive",
            "is_enabled",
        ]
        help_texts = {
            "folder": "Inside the root of drop folders (GRIDOPS_WEATHER_ROOT), such as 'icon/forecasts'.",
            "url": "http or https. A private address must be listed in GRIDOPS_WEATHER_HOSTS.",
            "location": "Only if every file is of this one place; else files name it or its coordinates.",
            "every_s": "How often something new comes; twice as long without it is an alarm.",
            "is_archive": "Its files say since when each issue was known, and are believed. Not for a running feed.",
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        try:
            if cleaned.get("kind") == FeedKind.URL:
                checked_address(cleaned.get("url", ""))
            elif cleaned.get("kind") == FeedKind.FOLDER:
                folder_of(Feed(folder=cleaned.get("folder", "")))
        except AddressRefused as refusal:
            self.add_error("url", str(refusal))
        except FolderRefused as refusal:
            self.add_error("folder", str(refusal))
        if cleaned.get("every_s") is not None and cleaned["every_s"] < 60:
            self.add_error("every_s", "Ask at most once a minute: give 60 or more.")
        return cleaned
