"""What can be wrong with what a peer sends. Each carries one sentence as its reason."""


class ProtocolError(Exception):
    """The peer broke the protocol."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class FrameError(ProtocolError):
    """The octets are not an APDU: the stream cannot be trusted any longer."""


class AsduError(ProtocolError):
    """The APDU is right but its content is not: this one is refused, the link goes on."""


class LinkError(ProtocolError):
    """A sequence number, state or timer was violated: the connection has to be closed."""
