import json
from pathlib import Path
from typing import Any

import pandapower as pp
import pytest
from pandapower import networks

from gridops.cases import CaseError, read
from gridops.cases.pandapower_document import plain_document
from tests.factories.grids import cache_dir


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    pp.to_json(networks.create_cigre_network_lv(), str(tmp_path / "net.json"))
    found: dict[str, Any] = json.loads((tmp_path / "net.json").read_text())
    return found


def attempt(document: Any, tmp_path: Path) -> CaseError:
    path = tmp_path / "changed.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    with pytest.raises(CaseError) as refused:
        plain_document(path)
    return refused.value


def test_a_drawing_is_shrunk_and_marked_as_schematic(tmp_path: Path) -> None:
    pp.to_json(networks.case33bw(), str(tmp_path / "case33bw.json"))
    case = read(str(tmp_path / "case33bw.json"), cache_dir())
    assert case.schematic
    assert all(abs(node.longitude) <= 0.05 and abs(node.latitude) <= 0.05 for node in case.nodes)
    assert len({(node.longitude, node.latitude) for node in case.nodes}) > 30


def test_an_object_in_a_cell_is_refused_and_never_made(document: dict[str, Any], tmp_path: Path) -> None:
    table = json.loads(document["_object"]["bus"]["_object"])
    table["data"][0][0] = '{"_module": "os", "_class": "system", "_object": "echo"}'
    document["_object"]["bus"]["_object"] = json.dumps(table)
    assert "program objects" in attempt(document, tmp_path).text


def test_a_table_of_another_class_is_never_made(document: dict[str, Any], tmp_path: Path) -> None:
    document["_object"]["controller"] = {"_module": "subprocess", "_class": "Popen", "_object": "[]"}
    path = tmp_path / "changed.json"
    path.write_text(json.dumps(document))
    tables = plain_document(path)["_object"]
    assert "controller" not in tables
    assert "Popen" not in json.dumps(tables)


def test_a_row_of_another_length_is_refused(document: dict[str, Any], tmp_path: Path) -> None:
    table = json.loads(document["_object"]["line"]["_object"])
    table["data"][0].pop()
    document["_object"]["line"]["_object"] = json.dumps(table)
    assert attempt(document, tmp_path).element == "line"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"bus": {}}', "[" * 100_000])
def test_what_is_no_pandapower_network_is_refused(text: str, tmp_path: Path) -> None:
    assert attempt(text, tmp_path).element == "changed.json"
