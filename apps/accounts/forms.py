from datetime import timedelta
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminTextInputWidget,
)

from apps.accounts.choices import Permission
from apps.accounts.models import TOKEN_LIFE, ApiToken


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": "This name and password do not belong together.",
        "inactive": "This name and password do not belong together.",
    }
    username = forms.CharField(
        max_length=150, label="Name", widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "username"})
    )
    password = forms.CharField(
        max_length=128,
        label="Password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class ApiTokenForm(forms.ModelForm):
    name = forms.CharField(max_length=100, widget=UnfoldAdminTextInputWidget, help_text="What uses it.")
    scopes = forms.MultipleChoiceField(
        choices=[(permission.value, permission.value) for permission in Permission],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    days = forms.IntegerField(
        min_value=1, max_value=TOKEN_LIFE.days, initial=90, widget=UnfoldAdminIntegerFieldWidget, label="Days it lives"
    )

    class Meta:
        model = ApiToken
        fields = ["name", "scopes"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        cleaned["scopes"] = [Permission(scope) for scope in cleaned.get("scopes", [])]
        cleaned["life"] = timedelta(days=cleaned.get("days") or 1)
        return cleaned

    def _post_clean(self) -> None:
        """The service fills the row and refuses what is wrong; there is no half-made instance to validate."""
