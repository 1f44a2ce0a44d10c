"""Clients of the VTN as they are outside: a token, JSON, addresses below the base path."""

from dataclasses import dataclass, field
from typing import Any

from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.openadr.choices import ClientRole
from apps.openadr.services.enrolment import make_client

BASE = "/openadr3/3.1.0"


@dataclass
class Outsider:
    client_id: str
    token: str
    http: Client = field(default_factory=Client)

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", **more}

    def get(self, path: str, **query: Any) -> Any:
        return self.http.get(f"{BASE}/{path}", query, headers=self._headers({}))

    def post(self, path: str, body: Any) -> Any:
        return self.http.post(f"{BASE}/{path}", body, content_type="application/json", headers=self._headers({}))

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self.http.put(f"{BASE}/{path}", body, content_type="application/json", headers=self._headers(headers))

    def delete(self, path: str, **headers: str) -> Any:
        return self.http.delete(f"{BASE}/{path}", headers=self._headers(headers))


def asked_for_token(client_id: str, client_secret: str, **more: str) -> Any:
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret, **more}
    return Client().post(f"{BASE}/auth/token", form)


def signed_in(name: str, role: ClientRole, *, ven_name: str = "", manager: User | None = None) -> Outsider:
    secret = make_client(name=name, role=role, ven_name=ven_name, manager=manager, as_of=timezone.now())
    answer = asked_for_token(secret.client_id, secret.client_secret)
    return Outsider(secret.client_id, answer.json()["access_token"])


def business(name: str = "business", manager: User | None = None) -> Outsider:
    return signed_in(name, ClientRole.BL, manager=manager)


def ven(name: str, *, with_ven: bool = True) -> Outsider:
    return signed_in(name, ClientRole.VEN, ven_name=name if with_ven else "")
