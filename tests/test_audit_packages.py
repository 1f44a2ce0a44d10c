import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

WEAK = {"name": "b", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}
SOUND = {"name": "a", "version": "1", "vulns": []}
SKIPPED = {"name": "c", "skip_reason": "Dependency not found on PyPI and could not be audited: c (1)"}


def answer(monkeypatch: pytest.MonkeyPatch, text: str, error: str = "") -> None:
    done = subprocess.CompletedProcess((), 0, text, error)
    monkeypatch.setattr("gridops.management.commands.audit_packages.subprocess.run", lambda *_, **__: done)


def asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[str, dict[str, Any]]:
    call_command("audit_packages", "--record", str(tmp_path / "record.json"))
    return capsys.readouterr().out, json.loads((tmp_path / "record.json").read_text())


def test_packages_without_a_weakness_are_told(monkeypatch, tmp_path, capsys) -> None:
    answer(monkeypatch, json.dumps({"dependencies": [SOUND]}))
    said, record = asked(tmp_path, capsys)
    assert "1 packages, no known weakness" in said
    assert record["was_answered"]


def test_a_register_that_knows_a_package_not_is_no_clean_answer(monkeypatch, tmp_path, capsys) -> None:
    answer(monkeypatch, json.dumps({"dependencies": [SOUND, SKIPPED]}))
    said, record = asked(tmp_path, capsys)
    assert "Not known of 1 of 2 packages" in said
    assert "no known weakness" not in said
    assert record["not_known_to_the_register"] == ["c"]


def test_nobody_to_ask_is_told_with_the_date_and_the_trouble(monkeypatch, tmp_path, capsys) -> None:
    answer(monkeypatch, "", "ConnectionError: no way")
    said, record = asked(tmp_path, capsys)
    assert "nobody could be asked (ConnectionError: no way)" in said
    assert not record["was_answered"]
    assert record["checked_at"]


def test_a_known_weakness_fails_and_is_recorded(monkeypatch, tmp_path) -> None:
    answer(monkeypatch, json.dumps({"dependencies": [SOUND, WEAK, SKIPPED]}))
    with pytest.raises(CommandError, match="Known weaknesses in b 1"):
        call_command("audit_packages", "--record", str(tmp_path / "record.json"))
    assert json.loads((tmp_path / "record.json").read_text())["weaknesses"] == [WEAK]
