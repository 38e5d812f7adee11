"""What `ssl_conf_command` does to the other claims: it is said to OpenSSL last, and overrides them.

The commands are those of OpenSSL's SSL_CONF_cmd(3), by the names that files have them under.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from conformance.listener import PROTOCOL_VERSIONS

Claimed = dict[str, tuple[str, ...]]

# Commands that set what a directive is about, in a way that is not worked out here.
_BEYOND_US = {
    "dhparameters": "ssl_dhparam",
    "verifymode": "ssl_verify_client",
    "verifycafile": "ssl_client_certificate",
    "verifycapath": "ssl_client_certificate",
    "requestcafile": "ssl_client_certificate",
    "clientcafile": "ssl_client_certificate",
    "certificate": "ssl_certificate",
    "privatekey": "ssl_certificate_key",
}
_FLAGS = {"sessionticket": "ssl_session_tickets", "serverpreference": "ssl_prefer_server_ciphers"}


def overridden(claims: Mapping[str, tuple[str, ...]]) -> Claimed:
    """The claims as they are once the commands of `ssl_conf_command` are carried out.

    What a command sets in a way that cannot be told here is no longer claimed.
    """
    effective = dict(claims)
    for name, value in commands(claims.get("ssl_conf_command", ())):
        if action := _ACTIONS.get(name):
            action(effective, value)
        elif directive := _BEYOND_US.get(name):
            effective.pop(directive, None)
    return effective


def commands(words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """The commands in the words of the directive: each name in lower case, and its value."""
    for name, value in zip(words[::2], words[1::2], strict=False):
        yield name.lower(), value


def _lowest(claims: Claimed, version: str) -> None:
    _keep(claims, lambda one: _rank(one) >= _rank(version))


def _highest(claims: Claimed, version: str) -> None:
    if version.lower() != "none":
        _keep(claims, lambda one: _rank(one) <= _rank(version))


def _protocols(claims: Claimed, value: str) -> None:
    """`ALL`, and versions added (`TLSv1.2`, `+TLSv1.2`) or taken away (`-TLSv1.2`)."""
    versions = set(claims.get("ssl_protocols", ()))
    for word in value.split(","):
        bare = word.strip().lstrip("+-")
        named = {v for v in PROTOCOL_VERSIONS if bare.lower() in (v.lower(), "all")}
        versions = versions - named if word.strip().startswith("-") else versions | named
    claims["ssl_protocols"] = tuple(v for v in PROTOCOL_VERSIONS if v in versions)


def _keep(claims: Claimed, good: Callable[[str], bool]) -> None:
    if "ssl_protocols" in claims:
        claims["ssl_protocols"] = tuple(v for v in claims["ssl_protocols"] if good(v))


def _rank(version: str) -> int:
    """The place of a version among all; below all for `None`."""
    names = [name.lower() for name in PROTOCOL_VERSIONS]
    return names.index(version.lower()) if version.lower() in names else -1


def _options(claims: Claimed, value: str) -> None:
    for word in value.split(","):
        flag = word.strip().lstrip("+-").lower()
        if flag in _FLAGS:
            claims[_FLAGS[flag]] = ("off" if word.strip().startswith("-") else "on",)


def _sets(directive: str) -> Callable[[Claimed, str], None]:
    def action(claims: Claimed, value: str) -> None:
        claims[directive] = (value,)

    return action


_ACTIONS: dict[str, Callable[[Claimed, str], None]] = {
    "minprotocol": _lowest,
    "maxprotocol": _highest,
    "protocol": _protocols,
    "options": _options,
    "cipherstring": _sets("ssl_ciphers"),
    "groups": _sets("ssl_ecdh_curve"),
    "curves": _sets("ssl_ecdh_curve"),
}
