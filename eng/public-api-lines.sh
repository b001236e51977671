#!/usr/bin/env bash
# Lines of the public API files, by assembly: all, outside option records (types named ...Options), and of these the ones that
# are not a preview (ENCORE001).
set -euo pipefail
cd "$(dirname "$0")/.."
printf '%-22s %6s %9s %12s\n' assembly lines 'no options' 'no preview'
for project in src/*/; do
  [ -f "$project/PublicAPI.Shipped.txt" ] || continue
  cat "$project"/PublicAPI.{Shipped,Unshipped}.txt | awk -v name="$(basename "$project")" '
    { sub(/^\xef\xbb\xbf/, "") }
    /^#/ || /^$/ { next }
    {
      all++
      symbol = $0
      sub(/\(.*| ->.*/, "", symbol)  # what is declared, without its parameters and its type
      if (symbol ~ /Options(\.|$)/) next
      plain++
      if (symbol !~ /ENCORE001/) stable++
    }
    END { printf "%-22s %6d %10d %12d\n", name, all, plain, stable }'
done
