from django.urls import path

from apps.control_room.views import (
    alarms,
    core,
    diagram,
    events,
    links,
    network,
    performance,
    security,
    shift,
    studies,
    trends,
    wall,
)

app_name = "control_room"
urlpatterns = [
    path("", core.overview, name="overview"),
    path("alarms/", core.alarm_list, name="alarms"),
    path("alarms/figures/", alarms.figures, name="alarm_figures"),
    path("trends/", trends.trends, name="trends"),
    path("events/", events.events, name="events"),
    path("security/", security.security, name="security"),
    path("performance/", performance.performance, name="performance"),
    path("shift/", shift.shift, name="shift"),
    path("studies/", studies.studies, name="studies"),
    path("studies/<int:study_id>/", studies.study, name="study"),
    path("network/models/", network.versions, name="network"),
    path("network/models/<int:model_id>/", network.version, name="network_version"),
    path("network/models/<int:model_id>/<str:class_name>/", network.elements, name="network_elements"),
    path("network/models/<int:model_id>/<str:class_name>/new/", network.sheet, name="network_new"),
    path("network/models/<int:model_id>/<str:class_name>/<uuid:mrid>/", network.sheet, name="network_sheet"),
    path("diagrams/<uuid:mrid>/", diagram.diagram, name="diagram"),
    path("links/", links.links, name="links"),
    path("gateways/<slug:name>/points/", links.point_map, name="point_map"),
    path("wall/", wall.wall, name="wall"),
    path("wall/<uuid:mrid>/", wall.wall, name="wall_place"),
    path("elements/<uuid:mrid>/", core.element, name="element"),
]
