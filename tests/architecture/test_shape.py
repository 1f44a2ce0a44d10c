import ast
import statistics
import subprocess
import sys
from collections.abc import Iterator

from tests.architecture.house import ROOT, Function, Module, modules, product, statements

LONGEST_FILE = 300
LONGEST_FUNCTION = 40
MEDIAN_FUNCTION = 10

# A function longer than LONGEST_FUNCTION stands here with the reason why it reads better whole.
LONG_ON_PURPOSE: dict[str, str] = {}

# Words that hold one of a fixed set of states; such a state is compared by its name in choices.py, never by its text.
STATE_WORDS = ("status", "state", "outcome", "role")


def test_the_project_package_is_empty() -> None:
    assert (ROOT / "gridops" / "__init__.py").read_text() == ""


def test_the_engine_loads_neither_django_nor_a_server() -> None:
    names = [
        module.name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for module in modules("gridops/engine")
    ]
    code = (
        f"import importlib, sys\nfor name in {names}: importlib.import_module(name)\n"
        "loaded = {'django', 'celery', 'redis', 'psycopg', 'channels'} & set(sys.modules)\n"
        "sys.exit(f'{loaded}' if loaded else 0)"
    )
    done = subprocess.run((sys.executable, "-c", code), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def imports_inside_functions(module: Module) -> Iterator[str]:
    for function in module.functions():
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield f"{module.name}:{node.lineno} in {function.name}"


def test_nothing_is_imported_inside_a_function() -> None:
    assert [found for module in product() for found in imports_inside_functions(module)] == []


def test_nobody_listens_to_signals() -> None:
    forbidden = ("django.dispatch", "django.db.models.signals", "django.core.signals", "django.contrib.auth.signals")
    found = [
        f"{module.name}:{node.lineno}"
        for module in product()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(forbidden)
    ]
    assert found == []


def test_files_are_short() -> None:
    long = {module.name: module.length for module in (*product(), *modules("tests")) if module.length >= LONGEST_FILE}
    assert long == {}


def test_most_functions_are_very_short() -> None:
    sizes = [statements(function) for module in product() for function in module.functions()]
    assert statistics.median(sizes) < MEDIAN_FUNCTION


def test_long_functions_have_a_reason() -> None:
    long = {
        f"{module.name}:{function.name}": statements(function)
        for module in product()
        for function in module.functions()
        if statements(function) > LONGEST_FUNCTION
    }
    assert {name: size for name, size in long.items() if name not in LONG_ON_PURPOSE} == {}
    assert set(LONG_ON_PURPOSE) <= set(long), "a function is short now: take it off the list"


def is_state(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    return name.endswith(STATE_WORDS)


def is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.Set | ast.Tuple | ast.List):
        return any(map(is_text, node.elts))
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != ""


def literal_states(module: Module) -> Iterator[str]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(map(is_state, sides)) and any(map(is_text, sides)):
                yield f"{module.name}:{node.lineno}"
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {
            "filter",
            "exclude",
            "get",
            "update",
            "Q",
        }:
            for keyword in node.keywords:
                words = (keyword.arg or "").removesuffix("__in").split("__")
                if words[-1].endswith(STATE_WORDS) and is_text(keyword.value):
                    yield f"{module.name}:{node.lineno}"


def test_no_state_is_compared_with_a_literal() -> None:
    assert [found for module in modules("apps") for found in literal_states(module)] == []


def is_public(function: Function) -> bool:
    return not function.name.startswith("_")


def test_every_public_function_of_the_engine_says_what_it_computes() -> None:
    silent = [
        f"{module.name}:{function.name}"
        for module in modules("gridops/engine")
        for function in module.tree.body
        if isinstance(function, Function) and is_public(function) and not ast.get_docstring(function)
    ]
    assert silent == []
