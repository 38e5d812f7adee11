"""What a product makes of a configuration that it is to refuse, or to accept."""

from __future__ import annotations

from conformance.expectations.outcome import SHOWN
from conformance.harness.transcript import escaped
from conformance.trying import Tried
from conformance.verdict import Judgement, Verdict, conclude


def configuration_refused(tried: Tried, *names: str, control: Tried) -> None:
    """It is refused, in words that have one of `names`; with the right value it is accepted."""
    expected = f"`{tried.change}` is refused, by the name of {' or '.join(names)}"
    named = any(name in tried.words for name in names)
    if tried.accepted:
        verdict, text = Verdict.FAIL, f"accepted: {_said(tried)}"
    elif not control.accepted:
        verdict, text = Verdict.INCONCLUSIVE, f"so is `{control.change}`: {_said(control)}"
    else:
        verdict, text = Verdict.PASS if named else Verdict.FAIL, f"refused: {_said(tried)}"
    conclude(Judgement(verdict, expected, text, (tried, control)))


def configuration_accepted(tried: Tried) -> None:
    """It is accepted."""
    verdict = Verdict.PASS if tried.accepted else Verdict.FAIL
    text = f"{'accepted' if tried.accepted else 'refused'}: {_said(tried)}"
    conclude(Judgement(verdict, f"`{tried.change}` is accepted", text, (tried,)))


def _said(tried: Tried) -> str:
    lines = tried.words.strip().splitlines()
    said = next((line for line in lines if "[emerg]" in line), lines[-1] if lines else "not a word")
    return escaped(said.encode("utf-8", "replace"))[:SHOWN]
