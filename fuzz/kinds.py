r"""Which findings are the same: a kind is an oracle and the form of the shrunk stream.

The form is read off the stream's text, step by step: what sort of line it is, what
is odd about it, and how it is joined to the next. A word that shrinking could have
made plainer and did not is part of the form; the plain ones stand for any.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from .stream import Stream

# What shrinking makes of a line where the word does not matter (see `shrink`).
_PLAIN = {"imap": "NOOP", "pop3": "CAPA", "smtp": "NOOP"}
_UPGRADES = {"STARTTLS", "STLS"}
_LONG = 100
# Where a hello is cut does not matter: the smallest offset stands for all that are refused.
_CUT = re.compile(r"(?<=^!hello cut) \d+$")
_TAG = re.compile(r"#(?: |$)")
_END = re.compile(r"(?:\\r|\||\\x20|\\t)*\\n$")
# What may be odd in the text of a line, by the signs in which it is written.
_ODD = {
    "eight bit": re.compile(r"\\x[89a-f][0-9a-f]"),
    "NUL": re.compile(r"\\x00"),
    "control": re.compile(r"\\x(?:0[1-9a-f]|1[0-9a-f]|7f)"),
    "CR": re.compile(r"\\r"),
    "LF": re.compile(r"\\n"),
    # Behind a backslash it is how many of the same there are.
    "literal": re.compile(r"(?<!\\)\{\d+\+?\}"),
    "quote": re.compile(r'"|\\\\'),
    "many": re.compile(r"\\\{\d+\}"),
}
# What a backslash takes the meaning from.
_ESCAPED = re.compile(r"\\\\(?:\\\\|.)")
Form = tuple[str, ...]


def forms(stream: Stream) -> list[Form]:
    """The form of each step: its sort, what is odd about it, and how it goes on."""
    protocol, *lines = str(stream).splitlines()
    return [_form(protocol, line) for line in lines]


def kind_of(stream: Stream) -> str:
    """The form of a shrunk stream in one line: `upgrade & / line`."""
    return " / ".join(" ".join(filter(None, form)) for form in forms(stream)) or "nothing said"


def explains(small: Stream, stream: Stream) -> bool:
    """Whether what a shrunk stream shows may be all that is wrong with another one.

    So it is where its steps stand in the other in this order, joined as they are.
    """
    rest = iter(forms(stream))
    return all(any(_within(form, other) for other in rest) for form in forms(small))


def explained(known: Sequence[Stream], stream: Stream) -> bool:
    """Whether one of the shrunk streams explains another one."""
    return any(explains(small, stream) for small in known)


def without_oddest(stream: Stream, small: Stream) -> Stream:
    """A stream without every step that is like the oddest one of a shrunk stream."""
    oddest = max(forms(small), key=_oddness, default=("",))
    like = (_within(oddest, form) for form in forms(stream))
    kept = (step for step, odd in zip(stream.steps, like, strict=True) if not odd)
    return replace(stream, steps=tuple(kept))


def _oddness(form: Form) -> tuple[int, bool]:
    """By what is odd about it; of what is not, the upgrade and a plain line come last."""
    sort, *odd, then = form
    return len(odd) + bool(then) + 2 * sort.startswith("!"), sort not in ("upgrade", "line")


def _within(form: Form, other: Form) -> bool:
    """Whether a step has at least what is in a form; a plain line is in any line."""
    (sort, *odd, then), (its_sort, *its_odd, its_then) = form, other
    same = sort == its_sort or (sort == "line" and not its_sort.startswith("!"))
    return same and set(odd) <= set(its_odd) and (not then or bool(its_then))


def _form(protocol: str, line: str) -> Form:
    if line.startswith("!"):
        return (_CUT.sub("", line), "")
    then = line[-1:] if line[-1:] in ("|", "&") else ""
    text = line.removesuffix(then)
    body = _END.sub("", text)
    words = _TAG.sub("", body).replace("|", "").upper().split()
    word = words[0] if words else ""
    odd = [name for name, signs in _ODD.items() if signs.search(body)]
    odd += ["unclosed"] if _ESCAPED.sub("", body).count('"') % 2 else []
    odd += [] if body != text else ["no end"]
    odd += ["bare LF"] if body != text and not text.endswith(("\\r\\n", "\\r|\\n")) else []
    odd += ["untagged"] if protocol == "imap" and not _TAG.match(body) else []
    odd += ["long"] if len(body) > _LONG else []
    odd += ["cut"] if "|" in text else []
    return (_sort(protocol, word), *odd, then)


def _sort(protocol: str, word: str) -> str:
    if word in _UPGRADES:
        return "upgrade"
    if word == _PLAIN[protocol]:
        return "line"
    return word if re.fullmatch("[A-Z]{2,12}", word) else "noise"
