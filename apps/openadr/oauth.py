"""How clients sign in for tokens: client credentials, and scopes by the client's role."""

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.scopes import BaseScopes

from apps.openadr.choices import ClientRole, Scope
from apps.openadr.models import OpenAdrClient
from apps.openadr.rules.callers import narrowed

GRANT = "client_credentials"


class RoleScopes(BaseScopes):
    def get_all_scopes(self) -> dict[str, str]:
        return {scope.value: scope.value for scope in Scope}

    def get_available_scopes(self, *args: Any, **kwargs: Any) -> list[str]:
        return [scope.value for scope in Scope]

    def get_default_scopes(self, *args: Any, **kwargs: Any) -> list[str]:
        return []


class ClientCredentials(OAuth2Validator):
    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        if not super().authenticate_client(request, *args, **kwargs):
            return False
        found = OpenAdrClient.objects.filter(application=request.client, retired_at__isnull=True)
        request.openadr_role = found.values_list("role", flat=True).first()
        return request.openadr_role is not None

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: Any, request: Any, *a: Any, **k: Any
    ) -> bool:
        return grant_type == GRANT and bool(
            super().validate_grant_type(client_id, grant_type, client, request, *a, **k)
        )

    def validate_scopes(self, client_id: str, scopes: list[str], client: Any, request: Any, *a: Any, **k: Any) -> bool:
        """Clients ask for more than their role has, some by habit: they get what there is."""
        request.scopes = narrowed(list(scopes), ClientRole(request.openadr_role))
        return True
