"""The `waxseal` command: each subcommand is a function elsewhere."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import NoReturn

from conformance.fuzzing import add_parsers
from conformance.harness.scratch import scratch
from conformance.inference.arguments import add_parser as add_infer
from conformance.interrupts import Interrupts, heard
from conformance.places import PLACES, ROOT
from conformance.scoreboard.command import add_parser as add_scoreboard

INTERRUPTED, USAGE = 2, 4
# They have temporary files.
_STARTING = (["compare"], ["fuzz"], ["infer"], ["mutants"], ["replay"], ["scoreboard"])

_DESCRIPTION = """\
Certify what an IMAP, POP3 or SMTP proxy does with TLS.

  waxseal certify                          the bundled reference proxy, as an example
  waxseal certify mail.example.org:993     an address: what holds for every listener
  waxseal certify HOST:993 --claims nginx.conf --kit DIR
                                           the same, judged by its own configuration
  waxseal certify --launch nginx           start nginx on the certification configuration
  waxseal infer mail.example.org:993       what is to be seen, as an nginx mail {}
  waxseal fuzz imap://127.0.0.1:143        look for what nobody thought of
"""

_CERTIFY = """\
usage: waxseal certify [ADDRESS] [options]

Judge a mail proxy: at ADDRESS (host:port, or imap:// imaps:// pop3:// pop3s://
smtp:// smtps:// + host[:port]), or one that is started for it.

what is judged:
  (nothing)             the bundled reference proxy
  ADDRESS               that address, by what holds for every listener
  --claims FILE         ... and by this nginx configuration (mail {})
  --claims-server NAME  ... by its server {} with this server_name
  --claim "DIRECTIVE VALUE"
                        ... one more directive, over the file's; repeatable
  --targets FILE        every address in FILE, several at once; beside each its
                        own --claims, --claims-server, --claim, --kit ...
  --launch NAME         start this product: reference, nginx, dovecot, exim, haproxy,
                        hitch, perdition, postfix, stunnel, or the path of an adapter
                        (ADAPTERS.md)

what can be brought there:
  --kit DIR             the PKI that `waxseal kit DIR` wrote
  --client-cert ROLE=PEM
                        roles: trusted, revoked, expired, untrusted
  --login USER          the password comes from WAXSEAL_PASSWORD
  --doubles HOST:PORT   where the target finds the auth server that waxseal is to
                        be (the mail servers behind it are on the same host)

what comes of it:
  --report FILE         .json .html .md .sarif .svg (a badge), by suffix; repeatable
  --pedantic            a broken SHOULD fails too
  --baseline FILE       known deviations, each with its reason and expiry
  --baseline-update     take off that list what is not needed on it any more
  --require-level L1|L2|L3
  --against ADDRESS     make the same visits there, too (or start that product),
                        and show what differs: what a change of proxies brings
  --patience FACTOR     stretch every deadline
  --fuzz-examples N, --fuzz-seconds S, --fuzz-seed N

pytest's own options work too: -k WORDS selects checks, --lf repeats what
failed, -x stops at the first, -v names each, --collect-only lists them.

What the command line leaves open comes from the environment (WAXSEAL_CLAIMS for
--claims, and so on), else from [tool.waxseal] of ./waxseal.toml.

exit status: 0 conformant; 1 not conformant; 2 interrupted; 3 internal error;
4 usage; 7 no verdict (unreachable, inconclusive, nothing applicable); of several
targets the worst, in the order 2, 1, 3, 4, 7.
"""

_MUTANTS = """\
Is every check able to fail? A target is made wrong in one thing after the other
while its claims stay, every requirement that applies is judged, and the matrix
says which of them noticed which mutant:

  - one directive of one server of the certification configuration gets another
    value, in the reference or in nginx;
  - the reference makes one named mistake (waxseal proxy --faults list);
  - a server gives an answer that today's OpenSSL cannot give.

What nobody outside could notice is listed with the reason. Progress goes to
standard error. The whole takes minutes; -k and --sample take a part of it.
"""

_MUTANTS_STATUS = """\
exit status: 0 all that could be noticed was, each fault by a requirement of what
it breaks, and (if all was tried) every requirement noticed something; 1 not so;
4 usage; 7 the target cannot be started.
"""


_JUDGE_STATUS = """\
No socket is opened. A verdict that is another now, a visit or transcript that was
edited, and what the catalogue has otherwise are named.

exit status: 0 all verdicts are equal; 1 something differs; 4 this is no report;
7 nothing can be recomputed: the report has no evidence.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a subcommand; returns its exit status (INTERFACE.md)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    # These have command lines of their own; those of two are pytest's and nginx's.
    if words[:1] == ["certify"]:
        return certify(words[1:])
    if words[:1] == ["proxy"]:
        command = [sys.executable, "-m", "reference_proxy", *words[1:]]
        os.execve(sys.executable, command, _environment(os.environ))
    interrupts = Interrupts()
    with heard(interrupts.hear):
        try:
            # What a campaign or a matrix starts leaves its files there.
            with scratch() if words[:1] in _STARTING else nullcontext():
                status = _subcommand(words)
            sys.stdout.flush()
        except BrokenPipeError:
            # The reader of our output has seen enough.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        except KeyboardInterrupt:
            print(f"waxseal {words[0]}: interrupted", file=sys.stderr)
            return INTERRUPTED
    return status


def _subcommand(words: Sequence[str]) -> int:
    if words[:1] == ["compare"]:
        from conformance.compare import compared

        return compared(words[1:])
    parsed = parser().parse_args(words)
    status: int = parsed.run(parsed)
    return status


class _Parser(argparse.ArgumentParser):
    """argparse, with INTERFACE's exit status for a usage error."""

    def error(self, message: str) -> NoReturn:
        """One line that names the option, and exit status 4."""
        self.exit(USAGE, f"{self.prog}: {message}; see {self.prog} --help\n")


class _Version(argparse.Action):
    """Prints which waxseal this is, and ends."""

    def __init__(self, option_strings: Sequence[str], dest: str, help: str) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, help=help)

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        import ssl

        from conformance.run import about_suite

        about = about_suite(seed=0)
        told = f"catalogue {about['catalogue']!s:.12}, Python {about['python']}"
        print(f"waxseal {about['version']} ({told}, {ssl.OPENSSL_VERSION})")
        parser.exit()


def parser() -> argparse.ArgumentParser:
    """Every subcommand with its arguments."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = _Parser("waxseal", description=_DESCRIPTION, formatter_class=raw)
    parser.add_argument("--version", action=_Version, help="which waxseal this is, and on what")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    # For --help alone: `main` sees to these itself.
    commands.add_parser("certify", help="[ADDRESS] [options]: judge a mail proxy")
    commands.add_parser("proxy", help="the reference proxy, with nginx's own command line")
    commands.add_parser("compare", help="NEW OLD: what differs between two reports, or targets")
    text = "write a PKI and the certification nginx.conf, to set a proxy up with"
    kit = commands.add_parser("kit", help=text, description=_sentence(text))
    kit.add_argument("directory", type=Path, metavar="DIR", help="a new directory, or an older kit")
    kit.add_argument(
        "--host", default="127.0.0.1", help="where the listeners are to be (default: %(default)s)"
    )
    kit.add_argument(
        "--base-port",
        type=int,
        default=20000,
        metavar="N",
        help="the lowest port (default: %(default)s)",
    )
    kit.add_argument(
        "--doubles", metavar="HOST", default="",
        help="where the target finds waxseal's auth server (default: on the same host)",
    )  # fmt: skip
    kit.set_defaults(run=_kit)
    add_infer(commands)
    add_parsers(commands)
    text = "every verdict of a stored report made again from what it says was seen, offline"
    judge = commands.add_parser(
        "judge", help=text, description=_sentence(text), epilog=_JUDGE_STATUS, formatter_class=raw
    )
    judge.add_argument("report", type=Path, metavar="REPORT.json", help="by certify --report")
    judge.set_defaults(run=_judge)
    add_scoreboard(commands)
    _add_mutants(commands)
    _catalogue_parsers(commands)
    return parser


def _catalogue_parsers(commands: argparse._SubParsersAction[_Parser]) -> None:
    text = "the catalogue: everything that is required, and how strongly"
    requirements = commands.add_parser("requirements", help=text, description=_sentence(text))
    requirements.add_argument("--json", action="store_true", help="as JSON, with their pages")
    requirements.add_argument("--directive", metavar="NAME", help="only those of this directive")
    requirements.add_argument("--level", choices=("MUST", "SHOULD", "MAY"), help="only these")
    requirements.add_argument(
        "--coverage",
        nargs="?",
        const="",
        metavar="SOURCE",
        help="each clause of the page and the RFCs, and what covers it; of one: page, rfc3207 ...",
    )
    requirements.set_defaults(run=_requirements)
    text = "one requirement: what is tested and why, what is lost, how to fix it"
    explain = commands.add_parser("explain", help=text, description=_sentence(text))
    explain.add_argument("id", metavar="ID", help="its id, or a directive for all of its own")
    explain.set_defaults(run=_explain)
    text = "a stored report in another form: by the suffix of FILE, or on the terminal"
    render = commands.add_parser("render", help=text, description=_sentence(text))
    render.add_argument("stored", type=Path, metavar="REPORT.json", help="what --report wrote")
    render.add_argument(
        "files", type=Path, nargs="*", metavar="FILE", help=".html, .md, .sarif, .svg or .json"
    )
    render.set_defaults(run=_render)


def _add_mutants(commands: argparse._SubParsersAction[_Parser]) -> None:
    text = "the kill matrix: what is wrong on purpose, and which requirements notice"
    raw = argparse.RawDescriptionHelpFormatter
    mutants = commands.add_parser(
        "mutants", help=text, description=_MUTANTS, epilog=_MUTANTS_STATUS, formatter_class=raw
    )
    mutants.add_argument(
        "--launch", metavar="NAME", default="reference",
        help="whose configuration is changed: reference, nginx (default: %(default)s)",
    )  # fmt: skip
    part = mutants.add_mutually_exclusive_group()
    part.add_argument("--faults-only", action="store_true", help="the reference's faults alone")
    part.add_argument("--configuration-only", action="store_true", help="the changes alone")
    mutants.add_argument(
        "-k", dest="words", metavar="WORDS", default="", help="those with all these words in a name"
    )
    mutants.add_argument(
        "--sample", type=int, metavar="N", help="so many of them, picked by chance"
    )
    mutants.add_argument(
        "--seed", type=int, default=1, metavar="S", help="of that chance (default: %(default)s)"
    )
    mutants.add_argument(
        "--report", type=Path, action="append", default=[], metavar="FILE",
        help="write the whole matrix: .json, .md, .html or .txt; repeatable",
    )  # fmt: skip
    mutants.add_argument("--list", action="store_true", help="name them, and start nothing")
    mutants.set_defaults(run=_mutants)


def _mutants(parsed: argparse.Namespace) -> int:
    from conformance.mutants.command import Choice, run

    return run(
        Choice(
            launch=parsed.launch,
            faults=not parsed.configuration_only,
            configuration=not parsed.faults_only,
            words=parsed.words,
            sample=parsed.sample,
            seed=parsed.seed,
            reports=tuple(parsed.report),
            listing=parsed.list,
        )
    )


def _render(parsed: argparse.Namespace) -> int:
    from conformance.compare import rendered

    return rendered(parsed.stored, parsed.files)


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def certify(words: list[str]) -> int:
    """Become pytest on the suite; a first word that is no option is the address."""
    if words[:1] not in (["-h"], ["--help"]):
        _become_pytest(words)
    print(_CERTIFY, end="")
    return 0


def _become_pytest(words: list[str]) -> NoReturn:
    if words and not words[0].startswith("-"):
        words[:1] = ["--target", words[0]]
    cache = _cache(os.environ)
    # Nothing of the place where the user stands matters but files that he names.
    fixed = ["-c", os.devnull, "--rootdir", str(ROOT), "--confcutdir", str(ROOT)]
    fixed += ["-o", f"cache_dir={cache / 'pytest'}"]
    quiet = [
        "-q",
        "--no-header",
        "--import-mode=importlib",
        "-p",
        "conformance.plugin",
        "-p",
        "no:randomly",
        # It would look at each of thousands of checks, none of which warns anybody.
        "-p",
        "no:warnings",
    ]
    environment = _environment(os.environ)
    environment.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(cache / "hypothesis"))
    command = [sys.executable, "-m", "pytest", *fixed, *quiet, *PLACES, *words]
    sys.stdout.flush()
    os.execve(sys.executable, command, environment)


def _cache(environment: Mapping[str, str]) -> Path:
    """Where what is only remembered goes: below the user's cache directory."""
    home = environment.get("XDG_CACHE_HOME", "")
    return (Path(home) if os.path.isabs(home) else Path.home() / ".cache") / "waxseal"


def _environment(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment, with the packages that this file is one of."""
    path = os.pathsep.join(filter(None, [str(ROOT), environment.get("PYTHONPATH")]))
    return {**environment, "PYTHONPATH": path}


def _kit(parsed: argparse.Namespace) -> int:
    from conformance.harness.pki.kit import KitError, write_kit

    try:
        kit = write_kit(parsed.directory, parsed.host, parsed.base_port, parsed.doubles)
    except (KitError, ValueError) as error:
        print(f"waxseal kit: {error}", file=sys.stderr)
        return USAGE
    print(f"{kit.directory}: {len(kit.people)} people, {kit.conf.name}, and README.txt,")
    print("which says how to set a proxy up with it and how to judge that")
    return 0


def _judge(parsed: argparse.Namespace) -> int:
    from conformance.rejudging.command import rejudge

    return rejudge(parsed.report)


def _requirements(parsed: argparse.Namespace) -> int:
    from conformance.explain import as_json, chosen, covered, listed

    try:
        if parsed.coverage is not None:
            print("\n".join(covered(parsed.coverage)))
            return 0
        wanted = chosen(parsed.directive, parsed.level)
    except LookupError as error:
        print(f"waxseal requirements: {error.args[0]}", file=sys.stderr)
        return USAGE
    print(json.dumps(as_json(wanted), indent=1) if parsed.json else "\n".join(listed(wanted)))
    return 0


def _explain(parsed: argparse.Namespace) -> int:
    from conformance.explain import explained

    try:
        print("\n".join(explained(parsed.id)))
    except LookupError as error:
        print(f"waxseal explain: {error.args[0]}", file=sys.stderr)
        return USAGE
    return 0


if __name__ == "__main__":
    sys.exit(main())
