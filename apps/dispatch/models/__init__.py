from apps.dispatch.models.tag import Tag

__all__ = ["Tag"]
