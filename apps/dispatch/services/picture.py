"""The state of now, kept warm in this process: the look-ahead of an order must not wait for a model to be built."""

import threading
from datetime import datetime

from apps.dispatch.adapters.picture import NO_PICTURE, Picture, picture_of
from apps.state.services.live_state import Follower


class Pictures:
    """One estimate for all who ask while no newer values have come."""

    def __init__(self) -> None:
        self._follower = Follower()
        self._lock = threading.Lock()
        self._key: tuple[object, ...] | None = None
        self._picture = NO_PICTURE

    def now(self, *, as_of: datetime) -> Picture:
        with self._lock:
            present = self._follower.present(as_of=as_of)
            if present is None:
                return NO_PICTURE
            key = (id(present.state), tuple(sorted(present.inputs.items())))
            if key != self._key or self._picture.point is None:
                self._picture, self._key = picture_of(present.state, present.readings), key
            return self._picture


pictures = Pictures()
