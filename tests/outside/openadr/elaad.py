"""Run by the interpreter that has openadr3-client: what its documentation shows, against the address it is given."""

import json
import sys
from datetime import UTC, datetime, timedelta

from hook import TOKEN, Hook, until
from openadr3_client._auth.token_manager import OAuthTokenManager, OAuthTokenManagerConfig
from openadr3_client._models.common.interval import Interval
from openadr3_client._models.common.interval_period import IntervalPeriod
from openadr3_client.bl.http_factory import BusinessLogicHttpClientFactory
from openadr3_client.oadr310._vtn.mqtt.client import MQTTClient
from openadr3_client.oadr310.models.event.event import EventUpdate, NewEvent
from openadr3_client.oadr310.models.event.event_payload import EventPayload, EventPayloadType
from openadr3_client.oadr310.models.program.program import NewProgram
from openadr3_client.oadr310.models.report.report import NewReport, ReportResource
from openadr3_client.oadr310.models.report.report_payload import ReportPayload, ReportPayloadType
from openadr3_client.oadr310.models.subscriptions.subscription import (
    NewSubscription,
    Object,
    ObjectOperation,
    Operation,
)
from openadr3_client.oadr310.models.ven.ven import NewVenVenRequest, VenUpdateBlRequest
from openadr3_client.ven.http_factory import VirtualEndNodeHttpClientFactory
from openadr3_client.version import OADRVersion

at = json.load(sys.stdin)
common = {"vtn_base_url": at["vtn"], "allow_insecure_http": True, "version": OADRVersion.OADR_310}


def ven_client(who):
    return VirtualEndNodeHttpClientFactory.create_http_ven_client(
        client_id=who["client_id"], client_secret=who["client_secret"], **common
    )


def listening(who, client, topic):
    """Their MQTT client never shows a token when it has parsed /notifiers (2.4.2); paho's own method, which it has
    inherited, gives it one."""
    token_url = client.auth.get_auth_server().token_url
    config = OAuthTokenManagerConfig(who["client_id"], who["client_secret"], str(token_url), None, None)
    tokens = OAuthTokenManager(config)
    binding = client.notifiers.get_notifiers().mqtt
    mqtt = MQTTClient(binding, tokens)
    mqtt.username_pw_set(who["client_id"], tokens.get_access_token())
    heard, granted = [], []
    mqtt.on_message = lambda _client, _data, message: heard.append(json.loads(message.payload))
    mqtt.on_subscribe = lambda *_: granted.append(True)
    mqtt.on_connect = lambda *_: mqtt.subscribe(topic, 1)
    mqtt.connect(binding.uris[0].host, binding.uris[0].port)
    mqtt.loop_start()
    until(lambda: granted, f"subscribed to {topic}")
    return heard


bl = BusinessLogicHttpClientFactory.create_http_bl_client(
    client_id=at["bl"]["client_id"], client_secret=at["bl"]["client_secret"], **common
)
ven, other = ven_client(at["ven"]), ven_client(at["other"])

program = bl.programs.create_program(NewProgram(program_name="elaad", targets=("north",)))
mine = ven.vens.create_ven(NewVenVenRequest(ven_name="elaad-ven"))
other.vens.create_ven(NewVenVenRequest(ven_name="elaad-other"))
bl.vens.update_ven_by_id(
    mine.id, VenUpdateBlRequest(ven_name="elaad-ven", clientID=at["ven"]["client_id"], targets=("north",))
)

hook, others_hook = Hook(), Hook()
for client, place in ((ven, hook), (other, others_hook)):
    client.subscriptions.create_subscription(
        NewSubscription(
            client_name="elaad",
            object_operations=(
                ObjectOperation(
                    objects=(Object.EVENT,),
                    operations=(Operation.POST, Operation.PUT, Operation.DELETE),
                    callback_url=place.url,
                    bearer_token=TOKEN,
                ),
            ),
        )
    )
topic = ven.notifiers.get_event_topics_for_ven(mine.id).topics.all
heard = listening(at["ven"], ven, topic)
overheard = listening(at["other"], other, topic)
heard_by_bl = listening(at["bl"], bl, bl.notifiers.get_event_topics().topics.all)

period = IntervalPeriod(start=datetime.now(UTC) + timedelta(hours=1), duration=timedelta(minutes=15))
payload = EventPayload(type=EventPayloadType.SIMPLE, values=(2,))
draft = {"programID": program.id, "targets": ("north",), "interval_period": period}
intervals = (Interval(id=0, payloads=(payload,)),)
event = bl.events.create_event(NewEvent(event_name="evening", intervals=intervals, **draft))
until(lambda: heard and hook.told and heard_by_bl, "the event by webhook and by topic")
seen = [one.id for one in ven.events.get_events(target=None, pagination=None, program_id=program.id)]
seen_by_other = [one.id for one in other.events.get_events(target=None, pagination=None, program_id=None)]

reading = ReportPayload(type=ReportPayloadType.USAGE, values=(1.5,))
report = ven.reports.create_report(
    NewReport(
        eventID=event.id,
        client_name="elaad-ven",
        resources=(
            ReportResource(
                resource_name="house", interval_period=period, intervals=(Interval(id=0, payloads=(reading,)),)
            ),
        ),
    )
)
reports = [one.id for one in bl.reports.get_reports(None, program.id, event.id, None)]
bl.events.update_event_by_id(event.id, EventUpdate(event_name="night", intervals=intervals, **draft))
bl.events.delete_event_by_id(event.id)
until(lambda: len(heard) == len(hook.told) == 3, "change and end by webhook and by topic")

json.dump(
    {
        "event": event.id,
        "seen": seen,
        "seen_by_other": seen_by_other,
        "report": report.id,
        "reports": reports,
        "webhook": [(one["operation"], one["object"]["id"]) for one in hook.told],
        "topic": [(one["operation"], one["object"]["id"]) for one in heard],
        "overheard": overheard + others_hook.told,
    },
    sys.stdout,
)
