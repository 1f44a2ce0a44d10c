from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.assets.api import edits, equipment, versions
from apps.assets.api.diagram import DiagramView
from apps.assets.api.network import GeometryView, NetworkView, SearchView

router = SimpleRouter(trailing_slash=False)
router.register("substations", equipment.SubstationViewSet)
router.register("feeders", equipment.FeederViewSet)
router.register("nodes", equipment.ConnectivityNodeViewSet)
router.register("lines", equipment.ACLineSegmentViewSet)
router.register("transformers", equipment.PowerTransformerViewSet)
router.register("switches", equipment.SwitchViewSet)
router.register("sources", equipment.EnergySourceViewSet)
router.register("consumers", equipment.EnergyConsumerViewSet)
router.register("generators", equipment.GeneratingUnitViewSet)
router.register("batteries", equipment.BatteryUnitViewSet)
router.register("shunts", equipment.LinearShuntCompensatorViewSet)

app_name = "assets"
urlpatterns = [
    path("network", NetworkView.as_view(), name="network"),
    path("network/geometry", GeometryView.as_view(), name="geometry"),
    path("network/diagrams/<uuid:mrid>", DiagramView.as_view(), name="diagram"),
    path("network/search", SearchView.as_view(), name="search"),
    path("network/models", versions.VersionsView.as_view(), name="versions"),
    path("network/models/<int:model_id>", versions.VersionView.as_view(), name="version"),
    path("network/models/<int:model_id>/comparison", versions.ComparisonView.as_view(), name="comparison"),
    path("network/models/<int:model_id>/check", versions.CheckView.as_view(), name="check"),
    path("network/models/<int:model_id>/approval", versions.ApprovalView.as_view(), name="approval"),
    path("network/models/<int:model_id>/rejection", versions.RejectionView.as_view(), name="rejection"),
    path("network/models/<int:model_id>/activation", versions.ActivationView.as_view(), name="activation"),
    path("network/models/<int:model_id>/elements/<str:class_name>", edits.EditView.as_view(), name="edit"),
    path(
        "network/models/<int:model_id>/elements/<str:class_name>/export", edits.CsvExportView.as_view(), name="export"
    ),
    path("network/models/<int:model_id>/elements/<str:class_name>/csv", edits.CsvImportView.as_view(), name="csv"),
    path("network/", include(router.urls)),
]
