"""A program of the outside: lines of JSON in, lines of JSON out."""

import json
import subprocess
import threading
import time
from pathlib import Path
from typing import Any, Self

PATIENCE_S = 30.0


class Program:
    def __init__(self, python: Path, script: str, *arguments: str) -> None:
        here = Path(__file__).parent / script  # an absolute one is taken as it is
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = subprocess.Popen((str(python), str(here), *arguments), **pipes)
        self.told: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):
                self.told.append(json.loads(line))

    def wish(self, **wish: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(wish) + "\n")
        self._process.stdin.flush()

    def until(self, **fact: Any) -> dict[str, Any]:
        """Wait until it has told a line with these values."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for told in list(self.told):
                if fact.items() <= told.items():
                    return told
            time.sleep(0.01)
        raise AssertionError(f"{fact} was not told within {PATIENCE_S:.0f} s; told: {self.told[-20:]}")
