from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.assets.api import equipment
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
    path("network/search", SearchView.as_view(), name="search"),
    path("network/", include(router.urls)),
]
