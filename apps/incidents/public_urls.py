from django.urls import path

from apps.incidents.api import public

urlpatterns = [
    path("outages/", public.outage_page, name="public-outages"),
    path("outages.json", public.outage_list, name="public-outage-list"),
    path("outages/cap.atom", public.cap_feed, name="public-outage-feed"),
    path("outages/cap/<uuid:outage_mrid>.xml", public.cap_single, name="public-outage-message"),
]
