"""Whatever leaves as CSV has been made harmless for a spreadsheet."""

import ast
import re

from tests.architecture.house import ROOT, Module, modules

# Every module with an address that answers with CSV, and the module that writes its lines.
WRITERS = {
    "apps/assets/api/edits.py": "apps/assets/services/edit_csv.py",
    "apps/demand_response/api/common.py": "apps/demand_response/api/common.py",
    "apps/forecasts/api/series.py": "apps/forecasts/api/series.py",
    "apps/impact/api/report.py": "apps/impact/services/report_csv.py",
    "apps/logbook/api_events.py": "apps/logbook/api_events.py",
    "apps/markets/api/trading.py": "apps/markets/adapters/bid_documents.py",
    "apps/resilience/api/reliability.py": "apps/state/adapters/outage_file.py",
    "apps/storage/api/desk.py": "apps/storage/api/desk.py",
    "apps/storage/api/studio.py": "apps/storage/adapters/project_figures.py",
    "apps/telemetry/api/export_files.py": "apps/telemetry/api/export_files.py",
    "apps/telemetry/api/point_map.py": "apps/telemetry/services/point_map.py",
}
# A module that writes CSV without SheetWriter stands here with the reason.
OTHERWISE = {
    "apps/impact/services/report_csv.py": "marks its own cells; tests/apps/impact/test_report.py",
    "apps/efficiency/adapters/emission_mix.py": "instants, numbers and words of our own, for a command",
    "apps/markets/adapters/bid_documents.py": "goes to the exchange as it is; a changed name would be refused there",
}
# As an answer: what only takes CSV names it as a media type or in a schema.
ANSWERS = re.compile(r"""text/csv; charset|content_type = [^\n]*"text/csv\"""")


def writes(module: Module) -> bool:
    calls = (node.func for node in ast.walk(module.tree) if isinstance(node, ast.Call))
    return any(ast.unparse(call) in {"csv.writer", "csv.DictWriter"} for call in calls)


def test_apps_write_csv_by_the_one_writer_that_guards_its_cells() -> None:
    assert [one.name for one in modules("apps") if writes(one) and one.name not in OTHERWISE] == []


def test_every_answer_in_csv_is_known_with_what_writes_it() -> None:
    assert {one.name for one in modules("apps") if ANSWERS.search(one.path.read_text())} == set(WRITERS)
    for name in set(WRITERS.values()) - set(OTHERWISE):
        assert "SheetWriter(" in (ROOT / name).read_text(), name
