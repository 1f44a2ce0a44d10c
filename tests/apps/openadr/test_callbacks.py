"""Which callbacks are called, and what goes out with the call."""

import pytest

from apps.openadr.rules.callbacks import refusal
from gridops.intake.posting import post
from tests.outside.openadr.hook import Hook


@pytest.mark.parametrize(
    "url",
    [
        "http://ven.example/hook",
        "https://127.0.0.1/hook",
        "https://10.1.2.3/hook",
        "https://[::1]/hook",
        "https://[::ffff:192.168.1.1]/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/hook",
        "https://user:secret@ven.example/hook",
        "ftp://ven.example/hook",
        "https:///hook",
    ],
)
def test_doors_of_our_own_house_are_not_knocked_at(url: str) -> None:
    assert refusal(url, allowed=()).startswith("callbackUrl: ")


def test_a_public_callback_with_tls_is_called_and_a_listed_host_in_any_way() -> None:
    assert refusal("https://ven.example:8443/hook?a=b", allowed=()) == ""
    assert refusal("http://127.0.0.1:8080/hook", allowed={"127.0.0.1"}) == ""


async def test_a_line_break_in_a_token_makes_no_second_header() -> None:
    def resolver(host: str, _: int) -> str:
        return host

    hook = Hook()
    with pytest.raises(UnicodeError, match="line break"):
        await post(hook.url, b"{}", headers={"Authorization": "Bearer a\r\nX: b"}, resolver=resolver)
    hook.shutdown()
