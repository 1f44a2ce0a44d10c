from enum import StrEnum

from django.db.models import TextChoices


class Role(TextChoices):
    VIEWER = "viewer", "Viewer"
    OPERATOR = "operator", "Operator"
    SUPERVISOR = "supervisor", "Shift supervisor"
    PROGRAM_MANAGER = "program_manager", "Program manager"
    ENGINEER = "engineer", "Engineer"
    ADMIN = "admin", "Administrator"


class Theme(TextChoices):
    DARK = "dark", "Dark"
    LIGHT = "light", "Light"
    AUTO = "auto", "As the computer"


class Permission(StrEnum):
    VIEW_GRID = "view_grid"
    VIEW_ALARMS = "view_alarms"
    ACKNOWLEDGE_ALARMS = "acknowledge_alarms"
    SHELVE_ALARMS = "shelve_alarms"
    APPROVE_OUT_OF_SERVICE = "approve_out_of_service"
    KEEP_LOG = "keep_log"
    TAG = "tag"
    REMOVE_ANY_TAG = "remove_any_tag"
    OPERATE = "operate"
    APPROVE_ORDERS = "approve_orders"
    DECIDE_PROPOSALS = "decide_proposals"
    SET_AUTONOMY = "set_autonomy"
    PREPARE_PLANS = "prepare_plans"
    APPROVE_PLANS = "approve_plans"
    EDIT_NETWORK = "edit_network"
    APPROVE_NETWORK = "approve_network"
    RUN_STUDIES = "run_studies"
    OVERRIDE_FORECASTS = "override_forecasts"
    MANAGE_MODELS = "manage_models"
    WRITE_TELEMETRY = "write_telemetry"
    WRITE_WEATHER = "write_weather"
    WRITE_PRICES = "write_prices"
    NARROW_LIMITS = "narrow_limits"
    MANAGE_STORAGE = "manage_storage"
    TRADE = "trade"
    APPROVE_TRADES = "approve_trades"
    VIEW_DEMAND = "view_demand"
    RUN_PROGRAMS = "run_programs"
    APPROVE_CALLS = "approve_calls"
    MANAGE_INCIDENTS = "manage_incidents"
    MANAGE_RESILIENCE = "manage_resilience"
    MANAGE_MICROGRIDS = "manage_microgrids"
    MANAGE_EFFICIENCY = "manage_efficiency"
    SET_OBJECTIVES = "set_objectives"
    MEASURE_IMPACT = "measure_impact"
    ADMINISTER = "administer"


_OPERATING = frozenset(
    {
        Permission.VIEW_GRID,
        Permission.VIEW_ALARMS,
        Permission.ACKNOWLEDGE_ALARMS,
        Permission.SHELVE_ALARMS,
        Permission.KEEP_LOG,
        Permission.TAG,
        Permission.OPERATE,
        Permission.APPROVE_ORDERS,
        Permission.DECIDE_PROPOSALS,
        Permission.PREPARE_PLANS,
        Permission.RUN_STUDIES,
        Permission.OVERRIDE_FORECASTS,
        Permission.NARROW_LIMITS,
        Permission.VIEW_DEMAND,
        Permission.APPROVE_CALLS,
        Permission.MANAGE_INCIDENTS,
    }
)
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: frozenset({Permission.VIEW_GRID, Permission.VIEW_ALARMS}),
    Role.OPERATOR: _OPERATING,
    Role.SUPERVISOR: _OPERATING
    | {
        Permission.APPROVE_OUT_OF_SERVICE,
        Permission.APPROVE_NETWORK,
        Permission.REMOVE_ANY_TAG,
        Permission.SET_AUTONOMY,
        Permission.APPROVE_PLANS,
        Permission.TRADE,
        Permission.APPROVE_TRADES,
        Permission.MANAGE_RESILIENCE,
        Permission.MANAGE_MICROGRIDS,
        Permission.MANAGE_EFFICIENCY,
        Permission.SET_OBJECTIVES,
        Permission.MEASURE_IMPACT,
    },
    Role.PROGRAM_MANAGER: frozenset(
        {
            Permission.VIEW_GRID,
            Permission.TRADE,
            Permission.APPROVE_TRADES,
            Permission.VIEW_DEMAND,
            Permission.RUN_PROGRAMS,
            Permission.APPROVE_CALLS,
            Permission.MANAGE_EFFICIENCY,
            Permission.MEASURE_IMPACT,
        }
    ),
    Role.ENGINEER: frozenset(
        {
            Permission.VIEW_GRID,
            Permission.VIEW_ALARMS,
            Permission.RUN_STUDIES,
            Permission.PREPARE_PLANS,
            Permission.OVERRIDE_FORECASTS,
            Permission.MANAGE_MODELS,
            Permission.WRITE_WEATHER,
            Permission.WRITE_PRICES,
            Permission.NARROW_LIMITS,
            Permission.MANAGE_STORAGE,
            Permission.TRADE,
            Permission.VIEW_DEMAND,
            Permission.EDIT_NETWORK,
            Permission.APPROVE_NETWORK,
            Permission.MANAGE_RESILIENCE,
            Permission.MANAGE_MICROGRIDS,
            Permission.MANAGE_EFFICIENCY,
            Permission.MEASURE_IMPACT,
        }
    ),
    Role.ADMIN: frozenset(Permission),
}
