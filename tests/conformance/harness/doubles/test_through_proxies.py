"""Real clients, a real proxy (nginx, then the reference), our doubles behind it."""

import base64
import imaplib
import poplib
import smtplib
import socket
import ssl
import subprocess

import pytest


def context(stage):
    return ssl.create_default_context(cafile=stage.ca)


@pytest.fixture
def user(stage):
    return stage.user()


@pytest.fixture
def password(stage):
    return stage.doubles.password


def test_imaplib_logs_in_lists_and_reads(stage, user, password):
    with imaplib.IMAP4_SSL(stage.host, 20993, ssl_context=context(stage)) as client:
        client.login(user, password)
        assert client.list()[1] == [b'() "/" INBOX']
        assert client.select()[1] == [b"1"]
        assert b"You read this" in client.fetch("1", "(RFC822)")[1][0][1]
        assert client.noop()[0] == "OK"


def test_imaplib_logs_in_after_starttls_with_cram_md5(stage, user, password):
    with imaplib.IMAP4(stage.host, 20143) as client:
        client.starttls(context(stage))
        assert client.login_cram_md5(user, password)[0] == "OK"
    assert stage.doubles.sessions(user)[0].password == password


@pytest.mark.filterwarnings("ignore::DeprecationWarning:imaplib2")
def test_imaplib2_logs_in_and_selects(stage, user, password):
    imaplib2 = pytest.importorskip("imaplib2")
    client = imaplib2.IMAP4_SSL(stage.host, 20993, ca_certs=stage.ca, timeout=10)
    client.login(user, password)
    assert client.select()[1] == [b"1"]
    client.logout()


def test_poplib_logs_in_lists_and_reads(stage, user, password):
    client = poplib.POP3_SSL(stage.host, 20995, context=context(stage), timeout=10)
    client.user(user)
    client.pass_(password)
    assert client.stat()[0] == 1
    assert b".A line with a dot in front." in client.retr(1)[1]
    assert client.top(1, 0)[1][-1] == b""
    assert b"bye" in client.quit()


def test_smtplib_sends_a_message_that_the_back_end_keeps(stage, user, password):
    with smtplib.SMTP(stage.host, 20025, timeout=10) as client:
        client.starttls(context=context(stage))
        client.login(user, password)
        client.sendmail("a@test", ["b@test", "c@test"], b"Subject: x\r\n\r\n.dot\r\n")
    message = next(m for m in stage.doubles.messages if m.user == user)
    assert (message.sender, message.recipients) == (b"<a@test>", (b"<b@test>", b"<c@test>"))
    assert message.data == b"Subject: x\r\n\r\n.dot\r\n"


def test_smtp_login_reaches_the_back_end_when_nginx_passes_it_on(stage, user, password):
    with smtplib.SMTP(stage.host, 20027, timeout=10) as client:
        client.login(user, password)
    assert stage.doubles.sessions(user)[0].password == password


def test_smtp_without_a_login_is_let_in_and_found_by_its_envelope(stage, user):
    with smtplib.SMTP(stage.host, 20026, timeout=10) as client:
        client.sendmail(f"{user}@test", ["b@test"], b"hello\r\n")
    request = stage.doubles.requests(user)[0]
    assert (request.get("Auth-Method"), len(stage.doubles.sessions(user))) == ("none", 1)


def test_a_wrong_password_is_refused_and_reaches_no_back_end(stage, user):
    assert b"NO Invalid login or password" in imap_login(stage, user, "wrong")
    assert stage.doubles.requests(user)[0].get("auth-pass") == "wrong"
    assert stage.doubles.sessions(user) == ()


def test_a_denied_user_is_refused_with_the_right_password(stage, password):
    user = stage.doubles.denied_user()
    with smtplib.SMTP(stage.host, 20025, timeout=10) as client:
        assert client.docmd("AUTH PLAIN", plain(user, password))[0] == 535
    assert len(stage.doubles.requests(user)) == 1


def imap_login(stage, user, password):
    with socket.create_connection((stage.host, 20143), timeout=10) as client:
        client.recv(1000)
        client.sendall(f'a LOGIN {user} "{password}"\r\n'.encode())
        return client.recv(1000)


def plain(user, password):
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()


def test_records_are_complete_when_the_login_is_answered(stage, password):
    for _ in range(50):
        user = stage.user()
        assert imap_login(stage, user, password) == b"a OK logged in\r\n"
        assert len(stage.doubles.requests(user)) == 1
        assert stage.doubles.sessions(user)[0].user == user


def test_escapes_of_nginx_are_undone(stage, user):
    imap_login(stage, user, "100% sure \t")
    assert stage.doubles.requests(user)[0].get("auth-pass") == "100% sure \t"


@pytest.mark.parametrize("url", ["imaps://{}:20993/INBOX;MAILINDEX=1", "pop3s://{}:20995/1"])
def test_curl_reads_a_message(stage, user, password, url):
    command = ["curl", "-sS", "--cacert", stage.ca, "-K", "-", url.format(stage.host)]
    config = f'user = "{user}:{password}"\n'
    done = subprocess.run(command, input=config, capture_output=True, text=True, timeout=20)
    assert "You read this through a proxy." in done.stdout, done.stderr


def test_curl_sends_a_message(stage, user, password, tmp_path):
    (tmp_path / "mail").write_bytes(b"Subject: y\r\n\r\nsent\r\n")
    command = ["curl", "-sS", "--cacert", stage.ca, "-K", "-", "--mail-from", "a@test"]
    command += ["--mail-rcpt", "b@test", "-T", tmp_path / "mail", f"smtps://{stage.host}:20465"]
    config = f'user = "{user}:{password}"\n'
    subprocess.run(command, input=config, text=True, timeout=20, check=True)
    assert [m.data for m in stage.doubles.messages if m.user == user] == [
        b"Subject: y\r\n\r\nsent\r\n"
    ]


@pytest.mark.parametrize(("protocol", "port"), [("IMAP", 20993), ("POP3", 20995)])
def test_fetchmail_fetches_a_message(stage, user, password, tmp_path, protocol, port):
    settings = tmp_path / "fetchmailrc"
    settings.write_text(
        f'poll "proxy.test" via {stage.host} protocol {protocol} port {port}\n'
        f'user "{user}" password "{password}"\n'
        f'ssl sslcommonname "proxy.test" sslcertfile {stage.ca} keep mda "cat >> {tmp_path}/got"\n'
    )
    settings.chmod(0o600)
    environment = {"HOME": str(tmp_path), "FETCHMAILHOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    command = ["fetchmail", "-f", settings, "--pidfile", tmp_path / "pid", "--nosyslog"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "You read this through" in (tmp_path / "got").read_text()
