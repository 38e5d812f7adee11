"""From options to a suite: whom to judge, and against which claims.

launch  =  write the kit (or take the operator's), to be started on it
remote  =  an address, against the claims that the operator gives (or none)
"""

from __future__ import annotations

import re
import shutil
import ssl
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from conformance.cast import ROLES
from conformance.claims import ClaimsError, parse_claims, read_claims
from conformance.harness.fixtures import fixture
from conformance.harness.patience import Patience
from conformance.harness.pki.kit import KitError, read_kit, write_kit
from conformance.harness.targets.address import Address, AddressError, parse_address
from conformance.harness.targets.launch import startable
from conformance.harness.targets.loopback import free_loopback
from conformance.harness.targets.product import LaunchError
from conformance.harness.targets.recognise import recognise
from conformance.harness.visit import several
from conformance.harness.wire import WireError
from conformance.listener import Listener, way_of
from conformance.options import Options, UsageError
from conformance.placing import Claimed, told_apart
from conformance.suite import NoTarget, Suite, side_by_side

BASE_PORT = 20000


def prepare(options: Options) -> Suite:
    """Work out whom to judge against which claims. Raises `UsageError` or `NoTarget`."""
    try:
        check_people(options.client_certs)
        return _remote(options) if options.targets else _launched(options)
    except AddressError as error:
        raise UsageError(f"--target: {error}") from error
    except LaunchError as error:
        named = (
            f"--faults {','.join(options.faults)}"
            if options.faults
            else f"--launch {options.product}"
        )
        raise UsageError(f"{named}: {error}") from error
    except (ClaimsError, KitError) as error:
        raise UsageError(str(error)) from error


def _launched(options: Options) -> Suite:
    """What we start: on the operator's own configuration, or on a kit of our own."""
    startable(options.product, options.faults)
    if options.claims or options.kit:
        kit = read_kit(options.kit) if options.kit else None
        conf = options.claims or (kit.conf if kit else Path())
        claimed = read_claims(conf, options.claim)
        return Suite(options, list(_chosen(claimed, options, conf).listeners), kit, conf)
    text = fixture("certification.conf").read_text()
    ports = sorted({int(port) for port in re.findall(r"127\.0\.0\.1:(2\d{4})\b", text)})
    directory = tempfile.mkdtemp(prefix="waxseal-")
    try:
        kit = write_kit(Path(directory) / "kit", free_loopback(ports), BASE_PORT)
        listeners = list(_chosen(read_claims(kit.conf, options.claim), options, kit.conf).listeners)
    except BaseException:
        shutil.rmtree(directory, ignore_errors=True)
        raise
    suite = Suite(options, listeners, kit, kit.conf)
    suite.keep(directory)
    return suite


def _remote(options: Options) -> Suite:
    kit = read_kit(options.kit) if options.kit else None
    source = options.claims or (kit.conf if kit else None)
    addresses = list(dict.fromkeys(map(parse_address, options.targets)))
    if source is None:
        # To look at somebody is mostly waiting for him.
        calls = [partial(_unclaimed, address, options) for address in addresses]
        found = several(calls, side_by_side(address.host for address in addresses))
    else:
        claimed = _chosen(read_claims(source, options.claim), options, source)
        found = [listener for address in addresses for listener in claimed.at(address)]
    return Suite(options, told_apart(found), kit)


def _unclaimed(address: Address, options: Options) -> Listener:
    """Nothing but `--claim`s: what the address is has to be seen."""
    if options.claims_server:
        raise UsageError(f"--claims-server {options.claims_server}: it goes with --claims FILE")
    claims = parse_claims(options.claim)
    try:
        endpoint = recognise(address, Patience(factor=options.patience))
    except WireError as error:
        raise NoTarget(str(error)) from error
    if "starttls" in claims or "ssl" in claims:
        endpoint = replace(endpoint, way=way_of(claims))
    return Listener(str(endpoint), endpoint, claims)


def _chosen(claimed: list[Listener], options: Options, source: Path) -> Claimed:
    return Claimed.of(str(source), claimed, options.claims_server)


def check_people(certs: Mapping[str, Path]) -> None:
    """Raises `UsageError` for a role, or a file, that `--client-cert` has no use for."""
    for role, path in certs.items():
        option = f"--client-cert {role}={path}"
        if role not in ROLES:
            raise UsageError(f"{option}: the roles are {', '.join(ROLES)}")
        try:
            text = path.read_text()
        except OSError as error:
            raise UsageError(f"{option}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise UsageError(f"{option}: this is no PEM file") from error
        if "PRIVATE KEY" not in text or "BEGIN CERTIFICATE" not in text:
            raise UsageError(f"{option}: it must hold the certificate and its private key")
        _check_key(option, path)


def _check_key(option: str, path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:@SECLEVEL=0")
    try:
        # Without a word to try, OpenSSL would ask at the terminal.
        context.load_cert_chain(path, password="")
    except ssl.SSLError as error:
        why = "the key is not that of the certificate, or locked, or no key"
        raise UsageError(f"{option}: {why} ({error.reason or error})") from error
