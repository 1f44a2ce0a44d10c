"""A home's way to the control room: OpenADR 3.1 over HTTP, with a token of its own, and nothing else."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import urllib3

PAGE = 50
MOST_PAGES = 20
EARLY_S = 60.0  # a token is asked for anew so long before it ends
TIMEOUT_S = 20.0


class NotAnswered(Exception):
    """The control room does not answer, or refuses; the text says what it said."""


@dataclass(frozen=True, slots=True)
class Credentials:
    reference: str  # of the customer
    ven_name: str
    client_id: str
    client_secret: str


class Vtn:
    """Safe to use from several threads."""

    def __init__(self, url: str, connections: int) -> None:
        self._url = url.rstrip("/")
        self._pool = urllib3.PoolManager(
            num_pools=2, maxsize=connections, timeout=urllib3.Timeout(TIMEOUT_S), retries=False
        )
        self._tokens: dict[str, tuple[str, float]] = {}

    def events(self, who: Credentials) -> list[dict[str, Any]]:
        """Those that run or are to come, as far as this home may see them."""
        found: list[dict[str, Any]] = []
        for page in range(MOST_PAGES):
            query = urlencode({"active": "true", "skip": page * PAGE, "limit": PAGE})
            part = self._call("GET", f"/events?{query}", who)
            found += part
            if len(part) < PAGE:
                break
        return found

    def declare(self, who: Credentials, resources: Mapping[str, float]) -> None:
        """The equipment behind a home's controller, name to rated kW; what is known already stays."""
        own = self._call("GET", f"/vens?{urlencode({'venName': who.ven_name})}", who)
        known = {one["resourceName"] for one in self._call("GET", f"/resources?{urlencode({'limit': PAGE})}", who)}
        for name, kw in resources.items():
            if own and name not in known:
                rated = [{"type": "MAX_POWER_CONSUMPTION", "values": [kw]}]
                document = {"objectType": "VEN_RESOURCE_REQUEST", "resourceName": name, "venID": own[0]["id"]}
                self._call("POST", "/resources", who, {**document, "attributes": rated})

    def report(self, who: Credentials, document: dict[str, Any]) -> None:
        self._call("POST", "/reports", who, document)

    def _call(self, method: str, path: str, who: Credentials, body: dict[str, Any] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {self._token(who)}"}
        try:
            answer = self._pool.request(method, self._url + path, headers=headers, json=body)
        except urllib3.exceptions.HTTPError as error:
            raise NotAnswered(str(error)) from error
        if answer.status == 401:
            self._tokens.pop(who.client_id, None)
        return _read(answer)

    def _token(self, who: Credentials) -> str:
        token, until = self._tokens.get(who.client_id, ("", 0.0))
        if time.monotonic() < until:
            return token
        fields = {"grant_type": "client_credentials", "client_id": who.client_id, "client_secret": who.client_secret}
        try:
            answer = self._pool.request("POST", f"{self._url}/auth/token", fields=fields, encode_multipart=False)
        except urllib3.exceptions.HTTPError as error:
            raise NotAnswered(str(error)) from error
        found = _read(answer)
        token = str(found["access_token"])
        self._tokens[who.client_id] = (token, time.monotonic() + float(found.get("expires_in", 3600)) - EARLY_S)
        return token


def _read(answer: urllib3.BaseHTTPResponse) -> Any:
    if answer.status >= 300:
        raise NotAnswered(f"{answer.status}: {answer.data[:200].decode(errors='replace')}")
    try:
        return json.loads(answer.data)
    except ValueError as error:
        raise NotAnswered(f"no JSON: {error}") from error
