#!/usr/bin/env bash
# Digests of trained weights, for changes that must not change a bit: one line for each model and variant, of the demo data
# and, where ENCORE_DATA names the folder that holds it, of ML-100K; and the metrics of the main job on the demo data.
# Usage: eng/digests.sh TOOL [FOLDER]
#   TOOL is the built command-line tool; FOLDER (default: docs/results/digests) receives TSV files by instruction set.
# Narrower instruction sets are forced by the runtime's own switches, not by ENCORE_KERNEL: the sums outside the kernels
# follow the runtime (docs/decisions/0003-determinism.md).
set -euo pipefail
tool=$(realpath "$1")
out=${2:-"$(dirname "$0")/../docs/results/digests"}
mkdir -p "$out"
out=$(realpath "$out")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

cases="popularity
itemknn
rating-mean
rating-bias
autorec epochs=3
autorec epochs=3 by=user hidden=60,30
deeprec epochs=3 layers=64,32,64
deeprec epochs=2 layers=64,32,64 refeed=1
deeprec epochs=2 layers=64,32,64 tied=true
ease
ease precision=double keep-gram=true
dlae
edlae
mdae
mdae layers=2
mult-vae epochs=3
mult-vae epochs=3 decoder=linear likelihood=logistic
mult-vae epochs=3 tune-beta=true
mult-dae epochs=3
mult-dae epochs=3 layers=60,30 optimizer=adam-w clip-norm=0.5
svae epochs=2
vae epochs=3
cdae epochs=3
cdae epochs=3 negatives=5 tied=true
cdae epochs=2 variant=m2
dae epochs=3
dae epochs=3 tied=true corruption=gaussian loss=cross-entropy
sdae epochs=3
sdae epochs=2 tied=true
sdae epochs=2 pretraining=mdae
recvae epochs=2"

digest() { # file: the digest of its numbers, from the header
  head -c 1000000 "$1" | tr '\0' ' ' | grep -a -o '"sha256":"[0-9a-f]*"' | head -1 | cut -d'"' -f4
}

record() { # data sets of one instruction set, with the environment already set
  local data model options flags
  for data in demo ${ENCORE_DATA:+ml-100k}; do
    while read -r model options; do
      flags=()
      for option in $options; do flags+=(--set "$option"); done
      case "$model" in rating-* | autorec | deeprec) flags+=(--protocol rating) ;; svae) flags+=(--protocol temporal) ;; esac
      rm -f model.encore
      "$tool" train "$model" --data "$data" --seed 1 --out model.encore -q "${flags[@]}" >/dev/null 2>error || { echo "$data $model $options: $(head -1 error)" >&2; printf '%s\t%s\t%s\tfailed\n' "$data" "$model" "$options"; continue; }
      printf '%s\t%s\t%s\t%s\n' "$data" "$model" "$options" "$(digest model.encore)"
    done <<<"$cases"
  done
}

metrics() { # the metrics of the main job, without times and memory
  "$tool" compare --models all --data demo --output json -q 2>/dev/null |
    grep -v -E '"(fitSeconds|evaluateSeconds|peakBytes|trainSeconds|validationSeconds|rowsPerSecond|secondsLeft|seconds|bestSeconds)"'
}

if grep -q avx512f /proc/cpuinfo 2>/dev/null; then
  record >"$out/avx512.tsv"
  metrics >"$out/avx512-compare.json"
fi
export DOTNET_EnableAVX512=0 DOTNET_EnableAVX512F=0
record >"$out/avx2.tsv"
metrics >"$out/avx2-compare.json"
export DOTNET_EnableAVX2=0
record >"$out/sse.tsv"
