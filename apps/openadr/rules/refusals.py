"""Why something is not done, by the words of HTTP that the standard uses."""

from http import HTTPStatus


class Refused(Exception):
    """The text says what is wrong and what to do."""

    status = HTTPStatus.BAD_REQUEST


class NotAllowed(Refused):
    status = HTTPStatus.FORBIDDEN


class Unknown(Refused):
    """Not there, or nothing that this client may know of."""

    status = HTTPStatus.NOT_FOUND


class Conflicting(Refused):
    status = HTTPStatus.CONFLICT


class Outdated(Refused):
    """The object was changed since the caller read it."""

    status = HTTPStatus.PRECONDITION_FAILED
