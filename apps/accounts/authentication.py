from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.accounts.models import ApiToken, User
from apps.accounts.rules import why_refused
from apps.accounts.selectors import token_for
from apps.accounts.services import note_use


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer gop_…`; the token can do its scopes and nothing else."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        parts = get_authorization_header(request).decode("latin-1").split()
        if not parts or parts[0].lower() != "bearer":
            return None
        if len(parts) != 2:
            raise AuthenticationFailed("Write the header as 'Authorization: Bearer TOKEN', with one token.")
        now = timezone.now()
        token = token_for(parts[1])
        reason = why_refused(token, at=now)
        if token is None or reason:
            raise AuthenticationFailed(reason)
        note_use(token=token, at=now)
        return token.owner, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="gridops"'
