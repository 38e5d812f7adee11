"""Who is let in: one rule for the auth server and for every back end.

Any user name with the run's password is let in, except that a name which
starts with `denied-` never is. The rule needs no list of users, so that each
visit can come with a name of its own and find its own records by it.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

DENIED_PREFIX = "denied-"


@dataclass(frozen=True)
class Policy:
    """The rule, with the password of this run."""

    password: str

    def admits(self, user: str, password: str) -> bool:
        """A login with a plain password."""
        return self.allows(user) and password == self.password

    def admits_digest(self, user: str, salt: str, digest: str) -> bool:
        """A CRAM-MD5 login: `digest` is hex HMAC-MD5 of `salt` under the password (RFC 2195)."""
        wanted = hmac.new(self.password.encode(), salt.encode(), "md5").hexdigest()
        return self.allows(user) and digest == wanted

    def admits_apop(self, user: str, stamp: str, digest: str) -> bool:
        """An APOP login: `digest` is hex MD5 of the greeting's stamp and password (RFC 1939)."""
        wanted = hashlib.md5((stamp + self.password).encode(), usedforsecurity=False).hexdigest()
        return self.allows(user) and digest == wanted

    def allows(self, user: str) -> bool:
        """True unless the name is one that is always refused."""
        return not user.startswith(DENIED_PREFIX)
