import ast
from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from gridops.celery import app as celery
from gridops.cycle import SCHEDULE
from gridops.queues import Queues
from tests.architecture.house import Function, Module, modules, statements

LONGEST_TASK = 10
# From the lowest to the highest; an app may know those before it.
ORDER = [name.removeprefix("apps.") for name in settings.INSTALLED_APPS if name.startswith("apps.")]


def test_no_model_points_to_a_higher_app() -> None:
    upward = [
        f"{field} -> {field.related_model._meta.label}"
        for model in apps.get_models()
        if model._meta.app_label in ORDER
        for field in model._meta.get_fields(include_hidden=True)
        if field.is_relation and field.concrete and field.related_model is not None
        if field.related_model._meta.app_label in ORDER
        and ORDER.index(field.related_model._meta.app_label) > ORDER.index(model._meta.app_label)
    ]
    assert upward == []


def test_no_model_hides_its_relation_from_the_order_of_the_apps() -> None:
    generic = [
        str(field)
        for model in apps.get_models()
        if model._meta.app_label in ORDER
        for field in model._meta.private_fields
        if isinstance(field, GenericForeignKey)
    ]
    assert generic == []


def test_every_change_of_a_model_has_its_migration() -> None:
    loader = MigrationLoader(None)
    detector = MigrationAutodetector(loader.project_state(), ProjectState.from_apps(apps))
    changes = detector.changes(graph=loader.graph)
    assert {label: changes[label] for label in changes if label in ORDER} == {}


def test_no_app_has_two_last_migrations() -> None:
    assert MigrationLoader(None).detect_conflicts() == {}


def tasks() -> list[tuple[Module, Function, ast.expr]]:
    return [
        (module, node, decorator)
        for module in modules("apps")
        for node in module.tree.body
        if isinstance(node, Function)
        for decorator in node.decorator_list
        if "shared_task" in ast.unparse(decorator)
    ]


def test_tasks_live_in_the_tasks_of_their_app_and_are_short() -> None:
    assert tasks()
    assert [(module.name, task.name) for module, task, _ in tasks() if module.path.name != "tasks.py"] == []
    assert [(module.name, task.name) for module, task, _ in tasks() if statements(task) > LONGEST_TASK] == []


def test_every_task_names_its_queue() -> None:
    nameless = [
        task.name
        for _, task, decorator in tasks()
        if not isinstance(decorator, ast.Call)
        or not any(word.arg == "queue" and ast.unparse(word.value).startswith("Queues.") for word in decorator.keywords)
    ]
    assert nameless == []


@pytest.mark.parametrize("entry", SCHEDULE)
def test_what_the_cycle_names_exists_and_waits_in_its_own_queue(entry: str) -> None:
    celery.loader.import_default_modules()
    task = celery.tasks[SCHEDULE[entry]["task"]]
    assert task.queue == SCHEDULE[entry]["options"]["queue"]
    assert task.queue in set(Queues)


def test_every_listened_topic_and_url_module_loads() -> None:
    for module in modules("apps"):
        import_module(module.name.removesuffix(".py").removesuffix("/__init__").replace("/", "."))
