"""Cookies as ASP.NET Core writes them for the real host."""

from http.cookies import SimpleCookie

import pytest

from emulators.functions_host.cookies import set_cookie_values


def written(text: str) -> list[str]:
    """The Set-Cookie headers that *text* leads to."""
    return list(set_cookie_values([SimpleCookie(text)]))


def test_writes_attributes_in_the_order_of_aspnet():
    """Clients compare whole headers, dates included."""
    (cookie,) = written(
        'a="b c"; Domain=x.org; Expires=Thu, 12-Jan-2017 13:55:08 GMT; Path=/; Max-Age=60; Secure;'
        " HttpOnly; SameSite=Lax"
    )

    assert cookie == (
        "a=b%20c; expires=Thu, 12 Jan 2017 13:55:08 GMT; max-age=60; domain=x.org; path=/; secure;"
        " samesite=lax; httponly"
    )


def test_sends_nothing_for_a_cookie_it_cannot_parse():
    """One unknown flag makes Python's parser drop the whole cookie."""
    assert written("a=b; Path=/; SecureFalse; HttpOnly") == []


@pytest.mark.parametrize("attribute", ["Expires=Dummy", "Max-Age=soon"])
def test_refuses_an_attribute_without_a_possible_value(attribute: str):
    """The real worker fails the invocation, so the caller gets a 500."""
    with pytest.raises(ValueError, match=r"Dummy|soon"):
        written(f"a=b; {attribute}")
