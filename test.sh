#!/usr/bin/env bash
# Installs what the tests need where it can, then builds and tests everything. No network beyond package restore, no GPU.
#   ./test.sh            what every build runs
#   ./test.sh --long     the full amounts of the test plan as well; their results go to docs/results/
# The last line says: N passed, N failed, N skipped.
set -uo pipefail
cd "$(dirname "$0")" || exit 2

for argument in "$@"; do
  case "$argument" in
    --long) export LLMORC_LONG=1 ;;
    *) echo "test.sh: '$argument' is not an option; there is --long" >&2; exit 2 ;;
  esac
done

if ! command -v dotnet >/dev/null; then
  echo "test.sh: the .NET SDK 10 is missing: install it from https://dot.net or your distribution" >&2
  exit 2
fi

# The diff reader is compared with the real git.
if ! command -v git >/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && apt-get install -y -qq git >/dev/null
fi
command -v git >/dev/null || { echo "test.sh: git is missing: install it" >&2; exit 2; }

# The PostgreSQL store is tested on a real server, which the tests start and end; without one they fail, and say so.
if ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && ! command -v initdb >/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && apt-get install -y -qq postgresql >/dev/null
fi

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
results=$PWD/artifacts/test-results
rm -rf "$results"
mkdir -p "$results"

dotnet build LlmOrc.Workflows.sln -c Release -v quiet || { echo "0 passed, 1 failed, 0 skipped"; exit 1; }

# One after the other: the tests measure limits, and the machine may be small.
status=0
for project in tests/*.Tests tests/LlmOrc.Workflows.Stories; do
  name=$(basename "$project")
  echo "== $name"
  dotnet test --project "$project" -c Release --no-build --no-progress --report-trx --report-trx-filename "$name.trx" --results-directory "$results" || status=1
done

# What the result files count; a project without one did not get as far as running.
count() { cat "$results"/*.trx 2>/dev/null | grep -o "<Counters [^>]*>" | grep -o " $1=\"[0-9]*\"" | grep -o '[0-9]*' | awk '{ n += $1 } END { print n + 0 }'; }
total=$(count total) passed=$(count passed) failed=$(count failed)
skipped=$((total - passed - failed))
if [ "$status" != 0 ] && [ "$failed" = 0 ]; then failed=1; fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
