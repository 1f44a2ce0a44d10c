class WrongField(ValueError):
    """A value that is asked for does not fit; which one, and what to do."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
