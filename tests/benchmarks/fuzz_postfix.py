"""Postfix beside another mail server: its package is unpacked, since both cannot be installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.harness.endpoint import Protocol, Way
from conformance.harness.targets.product import LaunchError

if TYPE_CHECKING:
    from tests.benchmarks.fuzz_products import Room

_SECONDS = 120
_QUEUES = (
    *("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "maildrop"),
    *("pid", "private", "public", "saved", "trace"),
)
# Its daemons look up two users by name, which the system need not have: it sees files of its own.
_USERS = {
    "passwd": "postfix:x:64101:64101::/:/bin/false\n",
    "group": "postfix:x:64101:\npostdrop:x:64102:\n",
}
_RUN = """#!/bin/sh
mount --bind {room}/passwd /etc/passwd && mount --bind {room}/group /etc/group &&
export LD_LIBRARY_PATH={package}/usr/lib/postfix MAIL_CONFIG={room}/etc &&
exec {package}/usr/lib/postfix/sbin/master -c {room}/etc -d
"""
_SERVICES = (
    *(
        "pickup unix n - n 60 1 pickup",
        "cleanup unix n - n - 0 cleanup",
        "qmgr unix n - n 300 1 qmgr",
    ),
    *("tlsmgr unix - - n 1000? 1 tlsmgr", "rewrite unix - - n - - trivial-rewrite"),
    *("bounce unix - - n - 0 bounce", "defer unix - - n - 0 bounce", "trace unix - - n - 0 bounce"),
    *("smtp unix - - n - - smtp", "error unix - - n - - error", "anvil unix - - n - 1 anvil"),
    *("scache unix - - n - 1 scache", "proxymap unix - - n - - proxymap"),
    "postlog unix-dgram n - n - 1 postlogd",
)


def postfix(room: Room) -> list[tuple[str, ...]]:
    """The command that starts it, with all its files in the room. Raises LaunchError."""
    package = _unpacked()
    for name in ("etc", "spool", "data"):
        (room.directory / name).mkdir()
    for name in _QUEUES:
        (room.directory / "spool" / name).mkdir()
    for name, own in _USERS.items():
        room.write(name, Path(f"/etc/{name}").read_text() + own)
    for path in (room.directory / "data", *(room.directory / "spool").iterdir()):
        if path.name != "pid":
            shutil.chown(path, 64101, 64102 if path.name in ("maildrop", "public") else 64101)
    (room.directory / "etc/main.cf").write_text(_main(room, package))
    (room.directory / "etc/master.cf").write_text(_master(room))
    run = room.write("run", _RUN.format(room=room.directory, package=package))
    return [("unshare", "-m", "/bin/sh", str(run))]


def _main(room: Room, package: Path) -> str:
    return f"""compatibility_level = 3.6
queue_directory = {room.directory}/spool
data_directory = {room.directory}/data
command_directory = {package}/usr/sbin
daemon_directory = {package}/usr/lib/postfix/sbin
shlib_directory = {package}/usr/lib/postfix
meta_directory = {package}/etc/postfix
mail_owner = postfix
setgid_group = postdrop
import_environment = LD_LIBRARY_PATH MAIL_CONFIG TZ
export_environment = LD_LIBRARY_PATH TZ MAIL_CONFIG
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.test
mydestination =
relayhost = [{room.behind[Protocol.SMTP][0]}]:{room.behind[Protocol.SMTP][1]}
maillog_file = {room.directory}/postfix.log
maillog_file_prefixes = {room.directory}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_cert_file = {room.certificate}
smtpd_tls_key_file = {room.key}
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
alias_maps =
alias_database =
local_recipient_maps =
mynetworks = 127.0.0.0/8
"""


def _master(room: Room) -> str:
    clear, secure = (room.at(Protocol.SMTP, way) for way in (Way.STARTTLS, Way.IMPLICIT))
    own = (
        f"{clear} inet n - n - - smtpd",
        f"{secure} inet n - n - - smtpd",
        "  -o smtpd_tls_wrappermode=yes",
    )
    return "\n".join((*own, *_SERVICES)) + "\n"


def _unpacked() -> Path:
    """Where the package is: as installed, else in the user's cache, fetched once by apt-get."""
    if Path("/usr/lib/postfix/sbin/master").exists():
        return Path("/")
    place = Path.home() / ".cache/waxseal/postfix"
    if (place / "usr/lib/postfix/sbin/master").exists():
        return place
    place.mkdir(parents=True, exist_ok=True)
    try:
        quiet = {"cwd": place, "stdout": sys.stderr, "check": True, "timeout": _SECONDS}
        subprocess.run(["apt-get", "download", "postfix"], **quiet)  # type: ignore[call-overload]
        (package,) = place.glob("postfix_*.deb")
        subprocess.run(["dpkg", "-x", str(package), str(place)], **quiet)  # type: ignore[call-overload]
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise LaunchError(f"postfix cannot be had: {error}") from error
    return place
