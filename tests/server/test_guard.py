"""Who may call: hosts, origins and tokens."""

from __future__ import annotations

from base64 import b64encode

import pytest

from nbtrack.errors import PermissionDenied, Unauthenticated
from nbtrack.server.exchange import Call
from nbtrack.server.guard import Guard, is_loopback


def call(**headers: str) -> Call:
    environ = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    return Call("GET", "/", (), environ)


def guard(bound: str = "127.0.0.1", *hosts: str, token: str | None = None) -> Guard:
    return Guard(token=token, bound=bound, hosts=hosts)


def basic(text: str) -> str:
    return f"Basic {b64encode(text.encode()).decode()}"


LOCAL = ["127.0.0.1", "127.0.0.1:5000", "LOCALHOST:80", "x.localhost", "[::1]:5000", "127.9.9.9"]
FOREIGN = [
    "",
    "evil.example",
    "evil.example:5000",
    "192.168.1.5",
    "127.0.0.1.evil.example",
    "[",
    "a b",
]


@pytest.mark.parametrize("host", LOCAL)
def test_a_name_of_this_machine_may_stand_in_host_and_origin(host: str) -> None:
    guard().check_names(call(host=host))
    guard().check_names(call(host="localhost", origin=f"http://{host}"))


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_host_is_refused(host: str) -> None:
    with pytest.raises(PermissionDenied):
        guard().check_names(call(host=host))


@pytest.mark.parametrize("origin", ["null", "https://evil.example", "http://[", "file://"])
def test_a_page_of_a_foreign_origin_is_refused(origin: str) -> None:
    with pytest.raises(PermissionDenied):
        guard().check_names(call(host="localhost", origin=origin))


def test_the_bound_host_is_known() -> None:
    guard("lab.example").check_names(call(host="lab.example:5000"))


@pytest.mark.parametrize("extra", ["Lab.example", "lab.example:5000", "*.example", "*"])
def test_an_allowed_host_is_known(extra: str) -> None:
    guard("127.0.0.1", extra).check_names(call(host="lab.example"))


def test_private_addresses_are_known_beyond_loopback_only() -> None:
    guard("0.0.0.0").check_names(call(host="192.168.1.5:5000"))
    with pytest.raises(PermissionDenied):
        guard("0.0.0.0").check_names(call(host="8.8.8.8"))


SECRETS = ["Bearer s3cret", "bearer  s3cret", basic("anyone:s3cret"), basic(":s3cret")]


@pytest.mark.parametrize("header", SECRETS)
def test_the_token_lets_in(header: str) -> None:
    guard(token="s3cret").check_token(call(authorization=header))


WRONG = ["", "Bearer", "Bearer s3cret2", "s3cret", basic("s3cret"), "Basic ***", "Digest s3cret"]


@pytest.mark.parametrize("header", WRONG)
def test_anything_else_does_not(header: str) -> None:
    with pytest.raises(Unauthenticated) as caught:
        guard(token="s3cret").check_token(call(authorization=header))
    assert "s3cret" not in caught.value.message


def test_a_token_beyond_ascii_fits() -> None:
    as_wsgi_reads_it = "Bearer gehëim".encode().decode("latin-1")
    guard(token="gehëim").check_token(call(authorization=as_wsgi_reads_it))
    guard(token="gehëim").check_token(call(authorization=basic("u:gehëim")))


def test_a_password_may_hold_colons() -> None:
    guard(token="a:b").check_token(call(authorization=basic("user:a:b")))


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST.", "a.localhost", "::1", "127.8.8.8"])
def test_loopback_is_this_machine(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "0.0.0.0", "::", "10.0.0.1", "lab.example", "localhost.example"]
)
def test_anything_else_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)
