"""`waxseal fuzz` and `waxseal replay`: their options, and whom they talk to."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.harness.endpoint import Protocol, Way
from conformance.harness.patience import Patience
from conformance.options import LONGEST_PATIENCE, Options, UsageError, check_login

if TYPE_CHECKING:
    from conformance.listener import Listener
    from conformance.suite import Suite
    from fuzz.command import Place
    from fuzz.keeping import Kept

INTERRUPTED, USAGE, NO_VERDICT = 2, 4, 7
SECONDS = 60.0
KEEP = Path("waxseal-findings")

_FUZZ = """\
Say to a mail proxy what no client would, around STARTTLS or inside TLS, and hold what it answers
against invariants: nothing said in clear is answered inside TLS, every command has
one reply, cuts into segments change nothing ...

  waxseal fuzz --launch reference            the bundled proxy, one listener of each kind
  waxseal fuzz imap://127.0.0.1:143 pop3://127.0.0.1:110 --seconds 600
  waxseal fuzz smtp://mail.example.org:25 --i-may --examples 2000
  waxseal fuzz imap://127.0.0.1:143 --sweep  every split and join around the upgrade
  waxseal fuzz --launch reference --against nginx
                                             what they answer differently
  waxseal fuzz ... --resume                  go on where that campaign was stopped
  waxseal fuzz ... --baseline known.toml     what is known of it is no find

An address is host:port, or imap:// imaps:// pop3:// pop3s:// smtp:// smtps:// with
host[:port]; with an s, TLS comes first, and streams are said inside it. What is found is
made as small as it can be, shown again five times, and kept: a directory for each kind
of find, with the stream, a transcript, the packets with their keys (Wireshark reads
them), and a program that shows it again. The same seed says the same streams. Ctrl-C
ends a campaign in order: what is being made small is kept as it is.
"""

_FUZZ_STATUS = """\
exit status: 0 no find, or none but known ones; 1 finds, or an entry of the baseline that has
expired or names no requirement; 2 interrupted; 3 internal error; 4 usage; 7 no verdict
(nobody there, or what was found shows but now and then).
"""

_REPLAY = """\
Does it still happen? FILE is a find's directory, its finding.stream or finding.json, or
any stream. Each is said as it stands, again and again, and the answer is FIXED, FAILED
or ERROR, with what was seen.

  waxseal replay waxseal-findings/imap-...   where it was found
  waxseal replay fixtures/corpus/*.stream imap://127.0.0.1:143
  waxseal replay some.stream --launch nginx
"""

_REPLAY_STATUS = """\
exit status: 0 all FIXED; 1 one FAILED; 4 usage; 7 none FAILED, but one was an ERROR.
"""


def add_parsers(commands: Any) -> None:
    """Declare the two subcommands."""
    raw = argparse.RawDescriptionHelpFormatter
    text = "a campaign: streams that no client says, and what they find"
    fuzz = commands.add_parser(
        "fuzz", help=text, description=_FUZZ, epilog=_FUZZ_STATUS, formatter_class=raw
    )
    fuzz.add_argument("addresses", metavar="ADDRESS", nargs="*", help="whom to talk to")
    _add_target(fuzz)
    fuzz.add_argument(
        "--seconds", type=_positive, metavar="S", help=f"for all of it (default: {SECONDS:.0f})"
    )
    fuzz.add_argument(
        "--examples", type=_count, metavar="N", help="streams at each listener, and no more"
    )
    fuzz.add_argument("--seed", type=int, default=1, metavar="N", help="(default: %(default)s)")
    fuzz.add_argument(
        "--keep", type=Path, default=KEEP, metavar="DIR",
        help="where finds go, and are looked for first (default: %(default)s)",
    )  # fmt: skip
    fuzz.add_argument(
        "--resume", action="store_true", help="go on with the campaign that stopped in --keep DIR"
    )
    fuzz.add_argument(
        "--part", type=_part, default="1/1", metavar="I/N",
        help="say only this share of the streams, where N processes say one each",
    )  # fmt: skip
    fuzz.add_argument(
        "--database", default="", metavar="WHERE",
        help="share failing streams with others: redis://host:port, or a directory",
    )  # fmt: skip
    fuzz.add_argument(
        "--sweep", action="store_true",
        help="first every split and join around the upgrade, some 2500 to 3000 streams at each "
        "listener; without --seconds and --examples, nothing else",
    )  # fmt: skip
    fuzz.add_argument(
        "--baseline", type=Path, metavar="FILE",
        help="known deviations: what an entry's stream explains is told apart, and is no find",
    )  # fmt: skip
    fuzz.set_defaults(run=_fuzz)
    text = "does a find still show? FIXED, FAILED or ERROR"
    replay = commands.add_parser(
        "replay", help=text, description=_REPLAY, epilog=_REPLAY_STATUS, formatter_class=raw
    )
    replay.add_argument("files", metavar="FILE", nargs="+", help="finds, streams; then an ADDRESS")
    _add_target(replay)
    replay.set_defaults(run=_replay)


def _add_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--launch", metavar="NAME", help="start this product: reference, nginx")
    parser.add_argument(
        "--against", metavar="ADDRESS", action="append", default=[],
        help="say the same there, too, and look for differences; repeatable; or a product's name",
    )  # fmt: skip
    parser.add_argument("--faults", metavar="NAMES", default="", help="... with these faults")
    parser.add_argument(
        "--pid", type=_pid, metavar="N",
        help="the target's first process on this machine: it and what it holds are looked at",
    )  # fmt: skip
    parser.add_argument(
        "--login", metavar="USER", default="",
        help="streams may log in with this name; the password is in WAXSEAL_PASSWORD",
    )  # fmt: skip
    parser.add_argument(
        "--protocol", choices=[*Protocol], action="append", help="only this one; repeatable"
    )
    parser.add_argument(
        "--listener", metavar="NAME", action="append", help="only this one; repeatable"
    )
    parser.add_argument(
        "--i-may", action="store_true", help="talk to an address that is not loopback"
    )
    parser.add_argument(
        "--patience", type=_patience, default=1.0, metavar="FACTOR", help="stretch every deadline"
    )


def _positive(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text}: it must be a number greater than 0")
    return number


def _patience(text: str) -> float:
    if (number := _positive(text)) > LONGEST_PATIENCE:
        raise argparse.ArgumentTypeError(f"{text}: it must be at most {LONGEST_PATIENCE}")
    return number


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text}: it must be a whole number, at least 1")
    return int(text)


def _pid(text: str) -> int:
    if not text.isdecimal() or not Path(f"/proc/{text}/stat").exists():
        raise argparse.ArgumentTypeError(f"{text}: no such process is to be seen")
    return int(text)


def _part(text: str) -> tuple[int, int]:
    number, _, of = text.partition("/")
    if not (number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise argparse.ArgumentTypeError(f"{text}: it must be like 1/2")
    return int(number) - 1, int(of)


def _fuzz(parsed: argparse.Namespace) -> int:
    from conformance.excuses import baseline_in, excuses, failing, silent
    from conformance.requirements.catalogue import catalogue
    from fuzz.command import FOUND, Choice, fuzz
    from fuzz.hunt import Part

    seconds, examples = parsed.seconds, parsed.examples
    if seconds is None and examples is None:
        seconds, examples = (None, 0) if parsed.sweep else (SECONDS, None)

    def campaign() -> int:
        if not (parsed.addresses or parsed.launch):
            raise UsageError("name an ADDRESS, or what to start with --launch NAME")
        baseline = baseline_in(parsed.baseline)
        choice = Choice(
            *(parsed.keep, parsed.seed, examples, seconds, parsed.resume, Part(*parsed.part)),
            *(parsed.database, parsed.sweep, excuses(baseline)),
        )
        wrong = failing(baseline, catalogue().keys()) if baseline.entries else []
        for line in (*wrong, *silent(baseline)):
            print(f"BASELINE  {line}", flush=True)
        with _twinned(parsed, parsed.addresses) as places:
            status = fuzz(places, choice, Patience(factor=parsed.patience))
        return FOUND if wrong and status in (0, NO_VERDICT) else status

    return _status("fuzz", campaign)


def _replay(parsed: argparse.Namespace) -> int:
    from conformance.harness.targets.product import LaunchError
    from conformance.suite import NoTarget
    from fuzz.replaying import replay

    *files, last = parsed.files
    # What is no file is an address.
    addresses = [] if Path(last).exists() or not files else [last]
    paths = [Path(x) for x in (files if addresses else [*files, last])]
    patience = Patience(factor=parsed.patience)

    def replays() -> int:
        with contextlib.ExitStack() as stack:
            places, gone = None, ""
            if addresses or parsed.launch:
                try:
                    places = stack.enter_context(_twinned(parsed, addresses))
                except (NoTarget, LaunchError) as error:
                    gone = str(error)
            return replay(paths, lambda known: _where(known, places, gone, parsed.i_may), patience)

    return _status("replay", replays)


def _status(command: str, run: Callable[[], int]) -> int:
    """What it returns, or what its errors amount to."""
    from conformance.harness.targets.product import LaunchError
    from conformance.suite import NoTarget

    try:
        return run()
    except KeyboardInterrupt:
        return INTERRUPTED
    except (UsageError, ValueError) as error:
        status, told = USAGE, str(error)
    except (NoTarget, LaunchError) as error:
        status, told = NO_VERDICT, str(error)
    print(f"waxseal {command}: {told}", file=sys.stderr)
    return status


@contextlib.contextmanager
def _twinned(parsed: argparse.Namespace, addresses: Sequence[str]) -> Iterator[list[Place]]:
    """The listeners, each with the one that it is compared with, where there are any."""
    from conformance.harness.targets.launch import PRODUCTS

    with contextlib.ExitStack() as stack:
        places = stack.enter_context(_opened(parsed, addresses, parsed.launch))
        products = [x for x in parsed.against if x in PRODUCTS]
        others = [
            place
            for group, product in [([x for x in parsed.against if x not in PRODUCTS], None)]
            + [(list[str](), name) for name in products]
            if group or product
            for place in stack.enter_context(_opened(parsed, group, product))
        ]
        yield [_against(place, others) for place in places] if parsed.against else places


def _against(place: Place, others: Sequence[Place]) -> Place:
    """With the listener of the same name, else the first like it (TLS first at both, or none)."""

    def sort(x: Place) -> tuple[Protocol, bool]:
        return x.endpoint.protocol, x.endpoint.way is Way.IMPLICIT

    fit = [x for x in others if sort(x) == sort(place)]
    if not fit:
        told = str(place.endpoint).partition(":")[0]
        raise UsageError(f"--against: no {told} listener, as {place.name} is")
    other = next((x for x in fit if x.name == place.name), fit[0])
    return replace(
        place,
        name=f"{place.name} against {other.name}",
        against=other.endpoint,
        theirs=other.account,
    )


@contextlib.contextmanager
def _opened(
    parsed: argparse.Namespace, addresses: Sequence[str], launch: str | None
) -> Iterator[list[Place]]:
    """The listeners that are named, started if need be, and ended afterwards.

    Raises `UsageError`, `NoTarget` and `LaunchError`.
    """
    from conformance.harness.targets.launch import until_ready
    from conformance.prepare import prepare
    from fuzz.account import account_of
    from fuzz.command import Place
    from fuzz.reviving import Revival

    if addresses and launch:
        raise UsageError("an ADDRESS and --launch exclude each other")
    if parsed.faults and parsed.launch != "reference":
        raise UsageError("--faults is for --launch reference")
    if parsed.login and launch == parsed.launch and launch:
        raise UsageError("--login is for an ADDRESS: what is launched knows whom it lets in")
    _refuse_strangers(addresses, parsed.i_may)
    login = "" if launch else parsed.login
    if login:
        check_login(login)
    faults = tuple(filter(None, parsed.faults.split(","))) if launch == parsed.launch else ()
    options = Options(
        tuple(addresses), launch or "", patience=parsed.patience, faults=faults, login=login
    )
    suite = prepare(options)
    try:
        listeners = _chosen(suite, parsed, launch)
        suite.begin()
        if suite.running is not None:
            until_ready(suite.running, [x.endpoint for x in listeners], suite.patience)
        pid = suite.running.pid if suite.running is not None else parsed.pid
        account = account_of(suite.login())
        revival = Revival(suite.start_again) if suite.running is not None else None
        yield [
            Place(x.name, x.endpoint, pid=pid, account=account, revival=revival) for x in listeners
        ]
    finally:
        suite.close()


def _refuse_strangers(addresses: Sequence[str], may: bool) -> None:
    from conformance.harness.targets.address import parse_address
    from conformance.harness.targets.names import is_loopback

    for address in addresses:
        if not may and not is_loopback(parse_address(address).host):
            raise UsageError(
                f"{address} is not loopback: streams do what no client does; "
                "say --i-may if you may do that there"
            )


def _chosen(suite: Suite, parsed: argparse.Namespace, launch: str | None) -> list[Listener]:
    """Whom streams are said to: of what we start, one of each kind where none is named."""
    from conformance.streams import first_of_each_kind

    listeners = list(suite.listeners)
    if launch and not parsed.listener:
        listeners = [x.listener for x in first_of_each_kind(suite.situations())]
    chosen = [
        x
        for x in listeners
        if x.protocol in (parsed.protocol or Protocol) and x.name in (parsed.listener or [x.name])
    ]
    if not chosen:
        raise UsageError("no listener is left that streams could be said to")
    return chosen


def _where(known: Kept, places: Sequence[Place] | None, gone: str, may: bool) -> Place:
    """Where a stream is said: at the listener of its name, else at the first of its protocol.

    Raises ValueError where there is none; `gone` tells why nobody is there.
    """
    from fuzz.command import Place

    if gone:
        raise ValueError(gone)
    if places is None:
        if known.endpoint is None:
            raise ValueError("it does not tell where it was found: name an ADDRESS, or --launch")
        _refuse_strangers([known.endpoint.address], may)
        return Place(known.listener, known.endpoint, known.against)
    fit = [x for x in places if x.endpoint.protocol is known.stream.protocol]
    if not fit:
        raise ValueError(f"no {known.stream.protocol} listener among those named")
    alike = [x for x in fit if known.endpoint and x.endpoint.way is known.endpoint.way]
    return next((x for x in fit if x.name == known.listener), (alike or fit)[0])
