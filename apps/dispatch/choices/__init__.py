from apps.dispatch.choices.tag import LONGEST_REASON, STREAM, TagKind

__all__ = ["LONGEST_REASON", "STREAM", "TagKind"]
