"""Programs that nobody here wrote take part: program, VEN, event, report, webhook and topics, end to end."""

import json
import subprocess
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from tests.outside.openadr.product import Product, running
from tests.outside.venv import required

HERE = Path(__file__).parent
PATIENCE_S = 120


@pytest.fixture
def product(transactional_db: None, tmp_path: Path) -> Iterator[Product]:
    with running(tmp_path) as one:
        yield one


def _client(role: str, name: str) -> dict[str, str]:
    said = StringIO()
    call_command("create_openadr_client", role=role, name=name, json=True, stdout=said)
    found: dict[str, str] = json.loads(said.getvalue())
    return found


def _run(python: Path, program: str, product: Product) -> dict[str, Any]:
    told = {
        "vtn": product.vtn,
        "bl": _client("bl", "head"),
        "ven": _client("ven", "one"),
        "other": _client("ven", "two"),
    }
    done = subprocess.run(
        (str(python), str(HERE / program)),
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env={"OAUTHLIB_INSECURE_TRANSPORT": "1", "PATH": ""},
        check=False,
    )
    logs = "\n".join(log.read_text()[-1500:] for log in sorted((product.var / "log").glob("*.log")))
    assert done.returncode == 0, f"{done.stderr[-3000:]}\n{logs}"
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _took_part(found: dict[str, Any]) -> None:
    event = found["event"]
    assert found["seen"] == [event]
    assert found["reports"] == [found["report"]]
    told = [["CREATE", event], ["UPDATE", event], ["DELETE", event]]
    assert found["webhook"] == told
    assert found["topic"] == told


def _kept_private(found: dict[str, Any]) -> None:
    assert found["seen_by_other"] == []
    assert found["overheard"] == []


def test_openadr3_client_takes_part(product: Product) -> None:
    python = required("openadr3-client", "openadr3-client[mqtt]==2.4.2", least=(3, 12))
    found = _run(python, "elaad.py", product)
    _took_part(found)
    _kept_private(found)


def test_python_oa3_client_takes_part(product: Product) -> None:
    python = required("python-oa3-client", "openadr3==0.5.0", "python-oa3-client[all]==0.5.0")
    found = _run(python, "grid_coordination.py", product)
    _took_part(found)
    _kept_private(found)
