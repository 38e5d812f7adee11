"""nginx as a target: where it is, whether it speaks mail, how it is started."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from .product import LaunchError, Plan, named_software, nginx_options, output_of

REMEDY = "Debian and Ubuntu: apt install nginx libnginx-mod-mail"
# Where daemons live, and a user's PATH often does not lead.
_MORE_PATHS = "/usr/sbin:/usr/local/sbin:/usr/local/nginx/sbin"


def nginx(conf: Path, run: Path, faults: Sequence[str]) -> Plan:
    """nginx from WAXSEAL_NGINX or PATH. Raises LaunchError without it or its mail module."""
    if faults:
        raise LaunchError(f"nginx has no faults to switch on: {', '.join(faults)}")
    binary = _binary()
    _, build = output_of([binary, "-V"], os.environ)
    options = nginx_options(conf, run, _mail_module(binary, build))
    command = (binary, *options)
    test = partial(output_of, [*command, "-t"], os.environ)
    return Plan(named_software(build), command, run / "error.log", test=test)


def _binary() -> str:
    named = os.environ.get("WAXSEAL_NGINX")
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), _MORE_PATHS])
    found = shutil.which(named or "nginx", path=path)
    if found is None:
        missing = f"WAXSEAL_NGINX={named}: no such program" if named else "nginx is not installed"
        raise LaunchError(f"{missing}. {REMEDY}")
    return found


def _mail_module(binary: str, build: str) -> list[str]:
    """The `load_module` that mail needs, if any, going by what `nginx -V` printed."""
    if not re.search(r"--with-mail(=dynamic)?(\s|$)", build):
        raise LaunchError(f"{binary} is built without the mail module. {REMEDY}")
    if "--with-mail_ssl_module" not in build:
        raise LaunchError(f"{binary} is built without TLS for mail. {REMEDY}")
    if "--with-mail=dynamic" not in build:
        return []
    prefix = _argument("prefix", build) or "/usr/local/nginx"
    module = Path(prefix, _argument("modules-path", build) or "modules", "ngx_mail_module.so")
    if not module.exists():
        raise LaunchError(f"{binary} lacks its mail module, {module} is missing. {REMEDY}")
    return [f"load_module {module}"]


def _argument(name: str, build: str) -> str:
    found = re.search(rf"--{name}=(\S+)", build)
    return found[1] if found else ""
