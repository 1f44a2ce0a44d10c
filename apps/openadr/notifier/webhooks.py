import asyncio
import time

from asgiref.sync import sync_to_async
from django.conf import settings
from django.utils import timezone

from apps.openadr.rules.callbacks import SETTING, refusal
from apps.openadr.services import deliveries
from apps.openadr.services.deliveries import Answer, Call
from gridops.intake.addresses import AddressRefused, Resolve, resolver
from gridops.intake.posting import POST_ERRORS, TIMEOUT_S, post

AT_ONCE = 200
IDLE_S = 0.5
_NAME_S = 30.0  # how long what was looked up is believed


class Webhooks:
    """Fans the outbox out, and calls whoever is due; one that is slow holds up nobody but itself."""

    def __init__(self) -> None:
        self._resolver = remembered(resolver(settings.OPENADR_CALLBACK_HOSTS, SETTING))
        self._calling: set[asyncio.Task[None]] = set()
        self._answers: list[Answer] = []

    async def round(self) -> bool:
        """False: there was nothing to do."""
        made = await sync_to_async(deliveries.fan_out)(as_of=timezone.now())
        calls = await sync_to_async(deliveries.take)(most=AT_ONCE - len(self._calling), as_of=timezone.now())
        for call in calls:
            task = asyncio.create_task(self._called(call))
            self._calling.add(task)
            task.add_done_callback(self._calling.discard)
        if self._calling:
            await asyncio.wait(self._calling, timeout=IDLE_S, return_when=asyncio.FIRST_COMPLETED)
        answers, self._answers = self._answers, []
        if answers:
            await sync_to_async(deliveries.finish)(answers, as_of=timezone.now())
        return bool(made or calls or answers)

    async def _called(self, call: Call) -> None:
        answer = await self._call(call)
        self._answers.append(answer)  # to the list of now: while it was called, the one of before was taken away

    async def _call(self, call: Call) -> Answer:
        if why := refusal(call.url, allowed=settings.OPENADR_CALLBACK_HOSTS):
            return Answer(call, None, why)
        headers = {"Content-Type": "application/json"}
        if call.token:
            headers["Authorization"] = f"Bearer {call.token}"
        try:
            status = await post(call.url, call.body, headers=headers, resolver=self._resolver)
        except TimeoutError:
            return Answer(call, None, f"No answer within {TIMEOUT_S:.0f} s.")
        except (AddressRefused, *POST_ERRORS) as error:
            return Answer(call, None, f"Not delivered: {error or type(error).__name__}")
        return Answer(call, status, "" if 200 <= status < 300 else f"The callback answered {status}.")


def remembered(look_up: Resolve) -> Resolve:
    known: dict[tuple[str, int], tuple[float, str]] = {}

    def resolve(host: str, port: int) -> str:
        at, address = known.get((host, port), (0.0, ""))
        if not address or time.monotonic() - at > _NAME_S:
            address = look_up(host, port)
            known[host, port] = time.monotonic(), address
        return address

    return resolve
