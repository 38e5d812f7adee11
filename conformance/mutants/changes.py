"""The changes to the certification configuration, and the requirements that each must break."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.mutants.changes_of_keys import OF_KEYS
from conformance.mutants.changes_of_sessions import OF_SESSIONS
from conformance.mutants.configuration import Change

_OLD = "HIGH:!aNULL:!MD5:@SECLEVEL=0"


@dataclass(frozen=True)
class ConfigurationMutant:
    """A change, and the requirements (by id) that must fail on its server for it."""

    change: Change
    kills: tuple[str, ...]

    def __str__(self) -> str:
        return str(self.change)


def _change(
    server: str,
    directive: str,
    values: str | tuple[str, ...],
    kills: str,
    **beside: str | tuple[str, ...],
) -> ConfigurationMutant:
    """A row. `kills` are ids without their directive where that is the changed one: `.revoked`."""
    also = tuple((name, _lines(value)) for name, value in beside.items())
    ids = tuple(directive + name if name.startswith(".") else name for name in kills.split())
    return ConfigurationMutant(Change(server, directive, _lines(values), also), ids)


def _lines(values: str | tuple[str, ...]) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else values


_REMOVED: tuple[str, ...] = ()

_WAYS = (
    _change("imap-implicit", "listen", "", "ssl.implicit ssl.greeting_inside"),
    _change("pop3-implicit", "listen", "", "ssl.implicit ssl.greeting_inside"),
    _change("smtp-implicit", "listen", "", "ssl.implicit ssl.greeting_inside"),
    _change("imap-starttls", "listen", "ssl", "ssl.clear_greeting"),
    _change("pop3-plain", "listen", "ssl", "ssl.clear_greeting", starttls="on"),
    _change("imap-starttls", "starttls", "off", ".offered .accepted"),
    _change("pop3-starttls", "starttls", "off", ".offered .accepted"),
    _change("smtp-starttls", "starttls", "off", ".offered .accepted"),
    _change("imap-starttls", "starttls", "only", ".on_login_in_clear .on_login_offered"),
    _change("pop3-starttls", "starttls", "only", ".on_login_in_clear .on_login_offered"),
    _change("smtp-starttls", "starttls", "only", ".on_login_in_clear"),
    _change("imap-plain", "starttls", "on", ".off_not_offered .off_refused"),
    _change("pop3-plain", "starttls", "only", ".off_not_offered .off_refused"),
    _change("smtp-plain", "starttls", "on", ".off_not_offered .off_refused"),
    _change("imap-only", "starttls", "on",
            ".only_login_refused .only_login_lower_case .only_sasl_refused "
            ".only_sasl_initial_refused .only_login_not_forwarded .only_auth_not_offered "
            ".only_logindisabled"),
    _change("pop3-only", "starttls", "on",
            ".only_login_refused .only_sasl_refused .only_sasl_initial_refused "
            ".only_login_not_forwarded .only_auth_not_offered .only_user_not_offered"),
    _change("smtp-only", "starttls", "on",
            ".only_login_refused .only_sasl_refused .only_sasl_initial_refused "
            ".only_login_not_forwarded .only_auth_not_offered"),
    _change("imap-only", "starttls", "off", ".offered .accepted .only_login_refused"),
)  # fmt: skip

_CERTIFICATES = (
    _change("imap-verify-off", "ssl_certificate", "pki/rsa-2.pem",
            ".served .chain ssl_certificate_key.matches", ssl_certificate_key="pki/rsa-2.key"),
    _change("pop3-rsa-2-starttls", "ssl_certificate_key", "pki/rsa.key",
            ".matches ssl_certificate.served ssl_certificate.rsa", ssl_certificate="pki/rsa.pem"),
    _change("pop3-chain", "ssl_certificate", "pki/rsa.pem", ".served .chain"),
    _change("imap-both-keys", "ssl_certificate", "pki/rsa.pem", ".ecdsa",
            ssl_certificate_key="pki/rsa.key"),
    _change("smtp-both-keys-starttls", "ssl_certificate", "pki/ecdsa.pem", ".rsa",
            ssl_certificate_key="pki/ecdsa.key"),
    _change("imap-rsa", "ssl_certificate", ("pki/rsa.pem", "pki/ecdsa.pem"), ".other_type_refused",
            ssl_certificate_key=("pki/rsa.key", "pki/ecdsa.key")),
    _change("imap-tls13", "ssl_certificate", "pki/people/expired.pem",
            "security.certificate_current",
            ssl_certificate_key="pki/people/expired.key"),
    _change("imap-tls10", "ssl_certificate", "pki/small.pem", "security.certificate_key_size",
            ssl_certificate_key="pki/small.key"),
)  # fmt: skip

_VERSIONS = (
    _change("imap-all-versions-starttls", "ssl_protocols", "TLSv1.1 TLSv1.2 TLSv1.3",
            ".TLSv1_listed"),
    _change("pop3-all-versions", "ssl_protocols", "TLSv1 TLSv1.2 TLSv1.3", ".TLSv1_1_listed"),
    _change("smtp-tls12", "ssl_protocols", "TLSv1.3",
            ".TLSv1_2_listed .TLSv1_3_unlisted .highest .never_unlisted"),
    _change("smtp-tls13-starttls", "ssl_protocols", "TLSv1.2",
            ".TLSv1_3_listed .TLSv1_2_unlisted .highest .never_unlisted ssl_ciphers.tls13_apart "
            "security.tls13_available"),
    _change("smtp-tls12", "ssl_ciphers", "AES128-SHA", "security.forward_secrecy"),
    _change("imap-tls11", "ssl_protocols", "TLSv1 TLSv1.1",
            ".TLSv1_unlisted .never_unlisted security.tls10_refused"),
    _change("imap-tls10", "ssl_protocols", "TLSv1 TLSv1.1",
            ".TLSv1_1_unlisted security.tls11_refused"),
    _change("imap-tls13", "ssl_protocols", "TLSv1.2 TLSv1.3", ".TLSv1_2_unlisted"),
    _change("imap-tls12", "ssl_protocols", "TLSv1.2 TLSv1.3", ".TLSv1_3_unlisted .highest"),
    _change("pop3-tls12-starttls", "ssl_protocols", "TLSv1.1 TLSv1.2", ".TLSv1_1_unlisted",
            ssl_ciphers=_OLD),
    _change("imap-tls11-tls13", "ssl_protocols", "TLSv1.1", ".TLSv1_3_listed .highest"),
    _change("pop3-all-versions", "ssl_protocols", "TLSv1 TLSv1.1",
            ".highest security.modern_version"),
    _change("imap-both-chains", "ssl_protocols", "TLSv1.2", ".fallback"),
)  # fmt: skip

_CIPHERS = (
    _change("imap-no-cipher-fits", "ssl_ciphers", "ECDHE-RSA-AES128-GCM-SHA256", ".none_fits"),
    _change("imap-no-cipher-fits", "ssl_protocols", "TLSv1.2 TLSv1.3", "ssl_ciphers.none_fits"),
    _change("imap-server-order-256", "ssl_ciphers", "ECDHE-RSA-AES128-GCM-SHA256",
            ".listed"),
    _change("imap-one-cipher", "ssl_ciphers",
            "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384", ".unlisted"),
    _change("imap-ecdsa-ciphers", "ssl_ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384",
            ".listed .unlisted .choice .served"),
    _change("imap-old-ciphers", "ssl_ciphers", "ALL:eNULL:@SECLEVEL=0",
            ".choice security.null_refused"),
    _change("pop3-rsa-ciphers", "ssl_ciphers", "ALL:aNULL:@SECLEVEL=0",
            ".unlisted security.anonymous_refused"),
    _change("imap-server-order-256", "ssl_ciphers",
            "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384",
            "ssl_prefer_server_ciphers.on"),
    _change("imap-server-order-256", "ssl_prefer_server_ciphers", "off", ".on .on_tls13"),
    _change("smtp-server-order-starttls", "ssl_prefer_server_ciphers", "off", ".on .on_tls13"),
    _change("imap-client-order", "ssl_prefer_server_ciphers", "on", ".off .off_tls13"),
    _change("pop3-client-order-starttls", "ssl_prefer_server_ciphers", _REMOVED, ".off .off_tls13"),
)  # fmt: skip

# Each mode under the claims of each other, on both ways and all protocols between them.
_MODES = (
    _change("imap-verify-off", "ssl_verify_client", "on", ".off_not_requested"),
    _change("imap-verify-off", "ssl_verify_client", "optional",
            ".off_not_requested .header_absent"),
    _change("imap-verify-off", "ssl_verify_client", "optional_no_ca",
            ".off_not_requested .header_absent"),
    _change("imap-verify-on", "ssl_verify_client", "off",
            ".on_requested .on_none_refused .on_unknown_ca_refused "
            ".on_self_signed_refused .on_expired_refused .on_not_yet_valid_refused "
            ".on_wrong_purpose_refused "
            ".header_success .refused_not_forwarded ssl_verify_depth.too_deep_refused"),
    _change("pop3-verify-on-starttls", "ssl_verify_client", "off",
            ".on_requested .on_none_refused .header_success"),
    _change("smtp-verify-on", "ssl_verify_client", "optional", ".on_none_refused"),
    _change("imap-verify-on-starttls", "ssl_verify_client", "optional", ".on_none_refused"),
    _change("pop3-verify-on", "ssl_verify_client", "optional_no_ca",
            ".on_none_refused .on_unknown_ca_refused .on_self_signed_refused "
            ".refused_not_forwarded"),
    _change("imap-verify-optional", "ssl_verify_client", "off",
            ".optional_requested .optional_unknown_ca_refused "
            ".optional_self_signed_refused .optional_expired_refused .header_none .header_success"),
    _change("pop3-verify-optional-starttls", "ssl_verify_client", "on", ".optional_none_accepted"),
    _change("smtp-verify-optional", "ssl_verify_client", "optional_no_ca",
            ".optional_unknown_ca_refused .optional_self_signed_refused"),
    _change("imap-verify-optional-no-ca", "ssl_verify_client", "off",
            ".optional_no_ca_requested .header_none .header_failed "
            ".optional_no_ca_expired_refused"),
    _change("pop3-verify-optional-no-ca-starttls", "ssl_verify_client", "on",
            ".optional_no_ca_none_accepted "
            ".optional_no_ca_unknown_ca_accepted .optional_no_ca_self_signed_accepted "
            "ssl_verify_depth.too_deep_optional_no_ca"),
    _change("smtp-verify-optional-no-ca-starttls", "ssl_verify_client", "optional",
            ".optional_no_ca_unknown_ca_accepted .optional_no_ca_self_signed_accepted"),
)  # fmt: skip

_AUTHORITIES = (
    _change("imap-verify-on", "ssl_client_certificate", "pki/strangers.pem",
            ".trusted .names_sent .only_these_named ssl_verify_client.on_trusted_accepted"),
    _change("pop3-verify-optional-starttls", "ssl_client_certificate", "pki/strangers.pem",
            ".trusted ssl_verify_client.optional_trusted_accepted"),
    _change("smtp-verify-optional-no-ca", "ssl_client_certificate", "pki/strangers.pem",
            ".names_sent ssl_verify_client.header_success"),
    _change("imap-two-authorities", "ssl_client_certificate", "pki/clients.pem",
            ".trusted .names_sent"),
    _change("smtp-verify-on-starttls", "ssl_client_certificate", "pki/both.pem",
            ".only_these_named .others_not_trusted ssl_verify_client.on_unknown_ca_refused"),
    _change("imap-no-authority", "ssl_client_certificate", _REMOVED, ".unset_none_named"),
    _change("pop3-trusted-beside", "ssl_trusted_certificate", _REMOVED, ".trusted"),
    _change("pop3-trusted-beside", "ssl_client_certificate", "pki/both.pem",
            "ssl_trusted_certificate.names_not_sent"),
    _change("smtp-trusted-beside-starttls", "ssl_trusted_certificate", "pki/strangers.pem",
            ".trusted"),
    _change("smtp-strangers", "ssl_trusted_certificate", "pki/clients.pem",
            "ssl_client_certificate.others_not_trusted ssl_verify_client.on_unknown_ca_refused"),
    _change("imap-depth-0", "ssl_verify_depth", "1", ".too_deep_refused"),
    _change("imap-depth-1", "ssl_verify_depth", "0", ".deepest_accepted"),
    _change("imap-depth-3", "ssl_verify_depth", "1", ".deepest_accepted .shallower_accepted"),
    _change("pop3-depth-1-starttls", "ssl_verify_depth", "4", ".too_deep_refused"),
)  # fmt: skip

_REVOCATION = (
    _change("imap-crl", "ssl_crl", _REMOVED, ".revoked .no_crl_for_issuer"),
    _change("pop3-crl-starttls", "ssl_crl", "pki/crl-empty.pem", ".revoked"),
    _change("pop3-crl-starttls", "ssl_crl", "pki/crl-foreign.pem", ".not_revoked"),
    _change("imap-crl-empty", "ssl_crl", "pki/crl-all.pem", ".not_revoked"),
    _change("imap-crl-intermediate", "ssl_crl", "pki/crl-empty.pem", ".issuer_revoked"),
    _change("smtp-crl-intermediate-starttls", "ssl_crl", _REMOVED, ".issuer_revoked"),
    _change("imap-crl-optional-no-ca", "ssl_crl", _REMOVED, ".revoked"),
    _change("imap-verify-optional-no-ca", "ssl_crl", "pki/crl-foreign.pem",
            "ssl_verify_client.optional_no_ca_trusted_accepted"),
    _change("imap-crl-expired", "ssl_crl", "pki/crl-empty.pem", ".crl_expired"),
    _change("smtp-crl", "ssl_crl", "pki/crl-empty.pem", ".revoked .no_crl_for_issuer"),
    _change("imap-crl-expired", "ssl_verify_client", "on", "ssl_crl.nobody_concerned"),
    _change("pop3-crl-foreign", "ssl_crl", "pki/crl-all.pem",
            "ssl_verify_client.on_nobody_trusted"),
    _change("pop3-crl-foreign", "ssl_verify_client", "optional_no_ca", ".on_nobody_trusted"),
    _change("smtp-certificate-kept-starttls", "ssl_crl", "pki/crl-foreign.pem", ".unset"),
    _change("imap-verify-optional", "ssl_crl", "pki/crl-all.pem", ".unset"),
)  # fmt: skip

_THE_REST = (
    _change("imap-certificate-kept", "auth_http_pass_client_cert", "on", "auth_http.ssl_cert_off"),
    _change("smtp-certificate-kept-starttls", "auth_http_pass_client_cert", _REMOVED,
            "auth_http.ssl_cert_off"),
    _change("pop3-verify-on", "auth_http_pass_client_cert", "off", "auth_http.ssl_cert_on"),
    _change("imap-mechanisms-starttls", "imap_capabilities", "IDLE",
            "rfc.capability rfc.capability_inside"),
    _change("imap-starttls", "max_errors", "100", "security.no_reflection"),
)  # fmt: skip

_KEYS = tuple(
    _change(server, directive, value or _REMOVED, kills, **beside)
    for server, directive, value, kills, beside in OF_KEYS
)
_SESSIONS = tuple(
    _change(server, directive, value or _REMOVED, kills)
    for server, directive, value, kills in OF_SESSIONS
)

CHANGES: tuple[ConfigurationMutant, ...] = (
    *_KEYS,
    *_WAYS, *_CERTIFICATES, *_VERSIONS, *_CIPHERS, *_MODES, *_AUTHORITIES, *_REVOCATION, *_THE_REST,
    *_SESSIONS,
)  # fmt: skip
"""Every change, each with what it must break."""


def rounds(mutants: Iterable[ConfigurationMutant]) -> list[list[ConfigurationMutant]]:
    """As few starts as it takes: in each, no server is changed twice."""
    result: list[list[ConfigurationMutant]] = []
    for mutant in mutants:
        for existing in result:
            if all(other.change.server != mutant.change.server for other in existing):
                existing.append(mutant)
                break
        else:
            result.append([mutant])
    return result
