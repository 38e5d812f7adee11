"""Traces made by hand: a stream's own lines in clear, replies as lines with `|` between them."""

from conformance.harness.transcript import Layer
from fuzz.executor import tag_of
from fuzz.oracles import ORACLES, SEGMENTATION
from fuzz.replies import split
from fuzz.stream import Step, parse
from fuzz.trace import Said, Trace, Upgrade

CONTROL = Trace(upgrade=Upgrade.DONE, upgraded_at=0, finished=True)


def heard(protocol, lines):
    octets = "".join(f"{line}\r\n" for line in lines.split("|") if line).encode("latin-1")
    return split(protocol, octets).replies


def trace(text, clear, inside="", ours=(), inside_from=None, **facts):
    """What the stream brought: its steps from `inside_from` on, and `ours`, were said inside."""
    stream = parse(text)
    said = [
        Said(at, Layer.CLEAR, step.text.replace(b"#", tag_of(at), 1))
        for at, step in enumerate(stream.steps)
        if isinstance(step, Step)
    ]
    middle = len(said) if inside_from is None else inside_from
    opening = [Said(None, Layer.TLS, f"{line}\r\n".encode()) for line in ours]
    later = [Said(x.position, Layer.TLS, x.octets) for x in said[middle:]]
    return Trace(
        said=(*said[:middle], *opening, *later),
        clear=heard(stream.protocol, clear),
        inside=heard(stream.protocol, inside),
        **facts,
    )


def judged(name, text, seen, control=CONTROL):
    """Whether the oracle of that name sees a violation."""
    (oracle,) = [oracle for oracle in (*ORACLES, SEGMENTATION) if oracle.name == name]
    return oracle(parse(text), seen, control) is not None
