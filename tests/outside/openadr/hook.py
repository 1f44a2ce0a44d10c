"""A place for webhooks, of the standard library alone: it notes what is posted with the right token."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "hook-token"
PATIENCE_S = 40.0


class Hook(ThreadingHTTPServer):
    request_queue_size = 256  # a crowd comes at once; five places are refused to the sixth

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.told: list[dict[str, Any]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_ours = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        if is_ours:
            self.server.told.append(json.loads(body))  # type: ignore[attr-defined]
        self.send_response(200 if is_ours else 403)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


def until(ask: Any, what: str) -> Any:
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := ask():
            return found
        time.sleep(0.02)
    raise SystemExit(f"not within {PATIENCE_S:.0f} s: {what}")
