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
def test_imaplib(visit):
    client_succeeds(visit.errand(imaplib_reads))


@requirement("rfc.imaplib2", IMAP, *ANYBODY)
def test_imaplib2(visit):
    client_succeeds(visit.errand(imaplib2_reads))


@requirement("rfc.poplib", POP3, *ANYBODY)
def test_poplib(visit):
    client_succeeds(visit.errand(poplib_reads))


@requirement("rfc.smtplib", SMTP, *ANYBODY, common_method)
def test_smtplib(visit):
    client_succeeds(visit.errand(smtplib_sends))
