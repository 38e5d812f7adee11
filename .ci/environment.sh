# Sourced by certify and check: Python, and a virtual environment with the project in it. POSIX sh.
# shellcheck shell=sh disable=SC2154  # its reader sets $root, the checkout

# Where this is set, every start of every process compiles all that it imports: seconds of each run.
unset PYTHONDONTWRITEBYTECODE

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
# INTERFACE's status for what went wrong on our side: it says nothing about a target.
die() { say "$*"; exit 3; }

# python3, or a newer one beside an old python3; what is there but does not run is passed over.
find_python() {
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            return 0
        fi
    done
    return 1
}

can_make_environments() { "$python" -c 'import venv, ensurepip' 2>/dev/null; }

# The words that .venv/waxseal-stamp holds when the environment is what it should be. A virtual
# environment knows its place by its absolute path, so a moved checkout needs a new one.
stamp() {
    cat "$root/pyproject.toml" "$root/.ci/locked.txt" "$root/.ci/locked-dev.txt" | cksum &&
        "$1" -c 'import sys; print(sys.version)' 2>/dev/null &&
        printf '%s\n%s\n' "$root" "$2"
}

is_ready() {
    [ -f "$root/.venv/waxseal-stamp" ] || return 1
    made=$(cat "$root/.venv/waxseal-stamp")
    # What was made for development serves everybody.
    [ "$made" = "$(stamp "$root/.venv/bin/python" "$1")" ] ||
        [ "$made" = "$(stamp "$root/.venv/bin/python" dev)" ]
}

# quietly WHAT COMMAND...: one line of progress, and the command's output only if it fails.
quietly() {
    say "$1 ..."
    shift
    if ! output=$("$@" 2>&1); then
        printf '%s\n' "$output" >&2
        die "this failed: $*"
    fi
}

make_environment() {
    rm -f "$root/.venv/waxseal-stamp"
    quietly "making $root/.venv with $("$python" --version)" \
        "$python" -m venv --clear "$root/.venv"
    (
        cd -- "$root" || exit
        # What is never imported need not be compiled.
        pip='.venv/bin/python -m pip install --no-compile --quiet --disable-pip-version-check'
        # What others wrote comes in the versions, and with the hashes, that .ci/lock wrote down.
        # shellcheck disable=SC2086  # words
        quietly "installing what waxseal needs" $pip --require-hashes \
            --requirement ".ci/locked${1:+-$1}.txt"
        # shellcheck disable=SC2086
        quietly "installing waxseal" $pip --no-deps --no-build-isolation --editable .
    ) || exit
    stamp "$root/.venv/bin/python" "$1" >"$root/.venv/waxseal-stamp.new" &&
        mv "$root/.venv/waxseal-stamp.new" "$root/.venv/waxseal-stamp"
}

# prepare [dev]: $root/.venv, complete; with what development needs, too.
prepare() {
    is_ready "${1-}" && return
    find_python || die "Python 3.11 or later is needed; Debian: apt-get install python3 python3-venv"
    can_make_environments || die "$python cannot make virtual environments; Debian:" \
        "apt-get install python3-venv (or the one of its version, such as python3.12-venv)"
    # The lock is the kernel's and ends with this process, however that ends: there is no stale
    # lock. It belongs to the open file, which the shell and this python share.
    exec 9>>"$root/.venv.lock"
    "$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)' 9>&9 ||
        die "cannot lock $root/.venv.lock"
    is_ready "${1-}" || make_environment "${1-}"
    exec 9>&-
}
