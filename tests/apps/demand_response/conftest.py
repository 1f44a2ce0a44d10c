from importlib import import_module

import pytest
from django.apps import apps

from apps.demand_response.models import FlexibilityPrior

PLANNING = import_module("apps.demand_response.migrations.0003_planning")


@pytest.fixture(autouse=True)
def _assumptions(db: None) -> None:
    """Rows that a migration enters are gone after any test that committed."""
    if not FlexibilityPrior.objects.exists():
        PLANNING.seed(apps, None)
