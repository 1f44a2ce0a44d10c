class CannotStart(Exception):
    """One sentence that says what is wrong and what to do."""


class StopRequested(BaseException):
    """Somebody asked the run to end. Not an Exception, so that no handler of errors swallows it."""
