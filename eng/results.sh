#!/usr/bin/env bash
# Writes docs/results/DATASET.md: every table in it is what the command above it printed.
#
#   eng/results.sh ml-100k                 all sections that artifacts/results/ml-100k does not hold yet, then the page
#   eng/results.sh ml-1m strong rating     these sections anew, then the page from all that are there
#
# The data lies below ENCORE_DATA or where `encore data get` puts it. ENCORE_TOOL names the built tool, THREADS the
# number of threads (all).
set -euo pipefail
cd "$(dirname "$0")/.."
data=${1:?"a data set: ml-1m, ml-100k or ml-latest-small"}
shift
tool=${ENCORE_TOOL:-artifacts/bin/Encore.Tool/release/encore}
threads=${THREADS:-$(nproc)}
parts=artifacts/results/$data
page=docs/results/$data.md
mkdir -p "$parts" docs/results

case $data in
  ml-1m) sections="article strong weak rating temporal leave-last-out" networks="mult-vae,mult-dae,vae,cdae,dae,sdae" ;;
  ml-100k | ml-latest-small) sections="strong weak rating temporal leave-last-out" networks="mult-vae,mult-dae,vae,cdae,dae,sdae,svae" ;;
  *) echo "error: no results are kept of $data" >&2 && exit 2 ;;
esac
closed="popularity,itemknn,ease,dlae,edlae,mdae"

options() { # section: the command behind it
  case $1 in
    article) echo "article --data $data" ;;
    strong) echo "compare --data $data --protocol strong --models $closed,$networks" ;;
    weak) echo "compare --data $data --protocol weak --models $closed,${WEAK:-$networks}" ;;
    rating) echo "compare --data $data --protocol rating --models rating-mean,rating-bias,autorec,autorec:by=user:centre=true:l2=150:epochs=45:schedule-factor=0.93" ;;
    temporal) echo "compare --data $data --protocol temporal --models popularity,itemknn,ease,mult-vae,mult-dae,svae --metrics ndcg,recall,precision --k 10,100" ;;
    leave-last-out) echo "compare --data $data --protocol leave-last-out --models $closed${NEXT:+,$NEXT}" ;;
  esac
}

for section in $sections; do
  part=$parts/$section.md
  if [ $# -gt 0 ]; then
    [[ " $* " == *" $section "* ]] || continue
  elif [ -f "$part" ]; then
    continue
  fi
  command=$(options "$section")
  echo "encore $command" >&2
  start=$(date +%s)
  # shellcheck disable=SC2086 # the command's words
  "$tool" $command --threads "$threads" --quiet --output markdown >"$part.table"
  {
    printf '## %s\n\n```\nencore %s --output markdown\n```\n\n' "$section" "$command"
    sed 's/^## Protocol/### Protocol/' "$part.table"
    printf '\nWall time of the command: %d s on %d threads.\n' "$(($(date +%s) - start))" "$threads"
  } >"$part.tmp"
  rm "$part.table"
  mv "$part.tmp" "$part"
done

{
  printf '# Results on %s\n\n' "$data"
  printf 'Written by `eng/results.sh %s`, not by hand: each table is what the command above it printed. ' "$data"
  printf 'Models have their default options, seed 1. [What the figures mean](../metrics.md), [how the data is split](../protocols.md), '
  printf '[how they compare with the papers](README.md).\n\n'
  printf 'Encore %s; .NET SDK %s; %s; %s, %d cores, shared with other work, so times are upper bounds.\n\n' \
    "$("$tool" --version)" "$(dotnet --version)" "$(uname -sm)" \
    "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)"
  for section in $sections; do
    if [ -f "$parts/$section.md" ]; then
      cat "$parts/$section.md"
      echo
    fi
  done
} | sed '${/^$/d}' >"$page.tmp"
mv "$page.tmp" "$page"
echo "$page" >&2
