"""Figures that several pages give are those of the catalogue and the kit, and of each other."""

import re
from pathlib import Path

from conformance.claims import read_claims
from conformance.requirements.catalogue import catalogue

ROOT = Path(__file__).resolve().parents[1]
README, MANUAL, SCOREBOARD = (
    (ROOT / name).read_text("utf-8") for name in ("README.md", "docs/manual.md", "SCOREBOARD.md")
)


def listeners(name):
    return len(read_claims(ROOT / "fixtures" / name))


def figures(pattern, text):
    """What the groups of the only match say, as numbers."""
    (found,) = re.finditer(pattern, " ".join(text.split()))
    return tuple(int(word.replace(",", "")) for word in found.groups())


def rows():
    """Of each directive that README.md shows: requirements, and checks by verdict."""
    lines = re.findall(r"^(\w+) +((?:[\d·]+ *){7})$", README, re.MULTILINE)
    return {name: [int(n) for n in cells.replace("·", "0").split()] for name, cells in lines}


def test_the_verdict_in_the_readme_is_of_all_requirements_on_all_listeners():
    said = figures(r"(\d+) requirements on (\d+) listeners, (\d+) checks", README)
    wanted = (len(catalogue()), listeners("certification.conf"))
    assert said == (*wanted, wanted[0] * wanted[1])


def test_each_row_in_the_readme_accounts_for_its_requirements():
    wanted = [requirement.directive for requirement in catalogue().values()]
    assert len(rows()) > 5
    for name, (requirements, *checks) in rows().items():
        assert requirements == wanted.count(name), name
        assert sum(checks) == requirements * listeners("certification.conf"), name


def test_the_scoreboard_is_of_the_same_run():
    passed, rest = figures(r"accounted for: (\d+) pass, (\d+) n/a", README)
    row = next(line for line in SCOREBOARD.splitlines() if line.startswith("| reference |"))
    numbers = [int(cell) for cell in re.findall(r"\| (\d+) (?=\|)", row)]
    assert numbers == [listeners("certification.conf"), passed, rest]


def test_changes_of_the_configuration_are_noticed_or_cannot_be():
    every, unseen, noticed = figures(
        r"([\d,]+) changes of the certification configuration. ([\d,]+) of them nobody outside "
        r"could notice; the other ([\d,]+) are",
        MANUAL,
    )
    assert (unseen + noticed, f"all of {noticed:,} changes" in README) == (every, True)


def test_each_value_of_the_kit_is_recovered_or_not():
    (both,) = figures(r"on the (\d+) listeners of the kit", MANUAL)
    assert both == listeners("certification.conf") + listeners("defaults.conf")
    told, exact, few, left = figures(
        r"([\d,]+) values can be told from outside: ([\d,]+) are recovered exactly, of (\d+) the "
        r"few that nobody outside can tell apart, and (\d+) are",
        MANUAL,
    )
    (hidden,) = figures(r"The other ([\d,]+) do not show", MANUAL)
    assert exact + few + left == told
    assert (told + hidden) % both == 0  # as many directives for each
