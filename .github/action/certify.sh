#!/bin/sh
# The action's second step: waxseal certify with the inputs as options. POSIX sh.
#
#   certify.sh WAXSEAL      the command; the inputs are INPUT_... in the environment
set -u

waxseal=$1
shift

# $1 is an option, $2 its values, one a line: `words` grows by option and value for each.
each() {
    option=$1
    while IFS= read -r value || [ -n "$value" ]; do
        value=${value%"$(printf '\r')"}
        [ -z "$value" ] || printf '%s\n%s\n' "$option" "$value"
    done <<EOF
$2
EOF
}

# Lines are words: whatever stands in them, the shell never reads them as code.
words=$(
    each --target "$INPUT_TARGET"
    each --launch "$INPUT_LAUNCH"
    each --claims "$INPUT_CLAIMS"
    each --kit "$INPUT_KIT"
    each --baseline "$INPUT_BASELINE"
    each --report "$INPUT_REPORTS"
    printf '%s\n' "$INPUT_ARGUMENTS"
)
set --
while IFS= read -r word; do
    [ -z "$word" ] || set -- "$@" "$word"
done <<EOF
$words
EOF

# What a target said may look like a command to the runner; until the token comes it takes none.
# waxseal says it before its annotations; whoever did not get so far has it said here.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
echo "::stop-commands::$token"
status=0
WAXSEAL_MUTED_BY=$token "$waxseal" certify "$@" || status=$?
echo "::$token::"
echo "status=$status" >>"$GITHUB_OUTPUT"
exit "$status"
