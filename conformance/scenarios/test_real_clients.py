from conformance.applicability import (
    admitted,
    common_method,
    first_of_its_endpoint,
    modern_stranger,
    protocol,
    sees_logins,
)
from conformance.expectations import client_succeeds
from conformance.harness.clients import imaplib2_reads, imaplib_reads, poplib_reads, smtplib_sends
from conformance.harness.endpoint import Protocol
from conformance.requirements import requirement

# They are other people's programs: nothing else is done while they run.
RUNS_ALONE = True

ANYBODY = (sees_logins, admitted, modern_stranger, first_of_its_endpoint)
IMAP, POP3, SMTP = protocol(Protocol.IMAP), protocol(Protocol.POP3), protocol(Protocol.SMTP)


@requirement("rfc.imaplib", IMAP, *ANYBODY)
def test_imaplib(visit, listener):
    client_succeeds(imaplib_reads, listener.endpoint, visit.new_login())


@requirement("rfc.imaplib2", IMAP, *ANYBODY)
def test_imaplib2(visit, listener):
    client_succeeds(imaplib2_reads, listener.endpoint, visit.new_login())


@requirement("rfc.poplib", POP3, *ANYBODY)
def test_poplib(visit, listener):
    client_succeeds(poplib_reads, listener.endpoint, visit.new_login())


@requirement("rfc.smtplib", SMTP, *ANYBODY, common_method)
def test_smtplib(visit, listener):
    client_succeeds(smtplib_sends, listener.endpoint, visit.new_login())
