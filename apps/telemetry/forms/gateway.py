"""A gateway as the administrator writes it: every fault at its field, with what to do."""

from typing import Any

from django import forms

from apps.telemetry.models import Gateway
from apps.telemetry.rules.protocols import PROTOCOLS, spoken
from apps.telemetry.rules.settings import AddressFault, ProtocolRules, SettingFault

_SHOWN = 3


def settings_help() -> str:
    """All keys of all protocols, each with its default."""
    parts = []
    for label, rules in ((label, PROTOCOLS[name]) for name, label in spoken()):
        keys = "; ".join(f"{one.key} (default {_shown(one.default)}): {one.help}" for one in rules.settings)
        parts.append(f"{label}. Addresses: {rules.address_help}. Settings: {keys or 'none'}.")
    return "A JSON object of what differs from the defaults, such as {}. " + " ".join(parts)


def _shown(default: object) -> str:
    return "[]" if default == () else str(default).lower() if isinstance(default, bool) else repr(default)


class GatewayForm(forms.ModelForm):
    class Meta:
        model = Gateway
        fields = ["name", "protocol", "host", "port", "settings", "is_enabled", "silence_limit_s"]
        help_texts = {
            "name": "Letters, digits and dashes; the alarm and the pages call it so.",
            "host": "Name or address of the station or broker; empty for devices that push.",
            "is_enabled": "Its process starts or ends within seconds.",
            "silence_limit_s": "After so many seconds without a value its points are stale and one alarm is raised.",
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if "protocol" in self.fields:
            self.fields["protocol"].choices = spoken()  # type: ignore[attr-defined]
        if "settings" in self.fields:
            self.fields["settings"].help_text = settings_help()

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        rules = PROTOCOLS.get(given.get("protocol", ""))
        if rules is not None:
            self._check_settings(rules, given)
            self._check_addresses(rules)
            if rules.needs_host and not given.get("host", "").strip():
                self.add_error("host", "This protocol needs a host; give a name or an address such as 10.0.0.7.")
        return given

    def _check_settings(self, rules: ProtocolRules, given: dict[str, Any]) -> None:
        if given.get("settings") is None:
            given["settings"] = {}
        try:
            rules.effective(given["settings"])
        except SettingFault as fault:
            self.add_error("settings", str(fault))

    def _check_addresses(self, rules: ProtocolRules) -> None:
        """A gateway that changes its protocol would keep points that nobody can read."""
        if "protocol" not in self.changed_data or self.instance.pk is None:
            return
        wrong = []
        for address in self.instance.points.values_list("address", flat=True):
            try:
                rules.address(address)
            except AddressFault:
                wrong.append(address)
        if wrong:
            shown = ", ".join(wrong[:_SHOWN])
            sentence = f"{len(wrong)} points have addresses of another protocol ({shown}); make a new gateway for it."
            self.add_error("protocol", sentence)
