from typing import Any

from channels.auth import AuthMiddleware
from channels.sessions import CookieMiddleware, InstanceSessionWrapper, SessionMiddleware


class ReadOnlySession(SessionMiddleware):
    """Who is signed in. A socket has no response that could store a session, so its frames need not pass by one."""

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        wrapper = InstanceSessionWrapper(scope, send)
        await wrapper.resolve_session()
        return await self.inner(wrapper.scope, receive, send)


def signed_in(inner: Any) -> Any:
    """Instead of Channels' AuthMiddlewareStack."""
    return CookieMiddleware(ReadOnlySession(AuthMiddleware(inner)))
