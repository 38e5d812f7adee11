import re
import shutil
import struct
import subprocess

import pytest

from conformance.harness.capture import Capture, Flow, Mark, Packet, capturing
from conformance.harness.patience import Patience
from conformance.harness.transcript import Layer, Side
from fuzz.executor import run
from fuzz.pcapng import pcapng
from fuzz.stream import parse

INSIDE = 'imap\n# STARTTLS\\r\\n\n# LOGIN waxseal "in the dark"\\r\\n\n'


def blocks(octets):
    """(kind, body) of each block, whose two lengths agree."""
    while octets:
        kind, size = struct.unpack_from("<II", octets)
        assert size % 4 == 0
        assert struct.unpack_from("<I", octets, size - 4) == (size,)
        yield kind, octets[8 : size - 4]
        octets = octets[size:]


def packets(octets):
    for kind, body in blocks(octets):
        if kind == 6:
            yield body[20 : 20 + struct.unpack_from("<I", body, 12)[0]]


def checksum(octets):
    octets += bytes(len(octets) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    return (total & 0xFFFF) + (total >> 16) if total < 1 << 32 else None


def flow(client, *said):
    marks = [(side, Mark.DATA, data) for side, data in said] + [(Side.SERVER, Mark.END, b"")]
    return Flow(client, (client[0], 143), 1.0, [Packet(2.0, *mark) for mark in marks])


@pytest.mark.parametrize(("host", "header"), [("127.0.0.1", 20), ("::1", 40)])
def test_sequence_numbers_count_the_octets_and_sums_are_right(host, header):
    said = [(Side.SERVER, b"* OK\r\n"), (Side.CLIENT, b"x" * 70001), (Side.SERVER, b"y")]
    found = list(packets(pcapng(Capture([flow((host, 4000), *said)]))))
    seen = {4000: {}, 143: {}}
    for packet in found:
        port, _, number, _, _, flags = struct.unpack_from("!HHIIBB", packet, header)
        data = packet[header + 20 :]
        seen[port][number] = data
        ends = packet[12:20] if header == 20 else packet[8:40]
        pseudo = ends + struct.pack("!II", len(packet) - header, 6)
        total = checksum(pseudo + packet[header:])
        assert (total & 0xFFFF) + (total >> 16) in (0xFFFF, 0x10000)
        assert bool(data) == bool(flags & 8)
    assert b"".join(seen[4000][n] for n in sorted(seen[4000])) == b"x" * 70001
    assert [n + len(seen[143][n]) for n in sorted(seen[143])][1:-1] == sorted(seen[143])[2:]


def test_what_was_on_the_wire_is_in_the_file_with_its_keys(toy):
    with capturing() as capture:
        trace = run(parse(INSIDE), toy("imap").endpoint, Patience())
    kinds = [kind for kind, _ in blocks(pcapng(capture, "a comment"))]
    assert kinds[:3] == [0x0A0D0D0A, 10, 1]
    assert set(kinds[3:]) == {6}
    assert b"CLIENT_HANDSHAKE_TRAFFIC_SECRET" in capture.keys
    carried = b"".join(packets(pcapng(capture)))
    assert b"STARTTLS" in carried
    assert b"in the dark" in trace.octets(Layer.TLS)
    assert b"in the dark" not in carried


def test_without_a_capture_nothing_is_kept(toy):
    with capturing() as capture:
        pass
    run(parse(INSIDE), toy("imap").endpoint, Patience())
    assert capture.flows == []


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_tshark_reads_what_was_said_inside(toy, tmp_path):
    endpoint = toy("imap").endpoint
    with capturing() as capture:
        run(parse(INSIDE), endpoint, Patience())
    (tmp_path / "trace.pcapng").write_bytes(pcapng(capture))
    command = ["tshark", "-r", tmp_path / "trace.pcapng", "-d", f"tcp.port=={endpoint.port},imap"]
    command += ["-o", "tcp.check_checksum:TRUE", "-V"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert 'LOGIN waxseal "in the dark"' in told
    assert not re.search(r"(?i)malformed|checksum.*incorrect|bad checksum", told)
