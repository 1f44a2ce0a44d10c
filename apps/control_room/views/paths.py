from django.urls import reverse


def page_path(*steps: tuple[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "url": url} for name, url in (("City", reverse("control_room:overview")), *steps)]
