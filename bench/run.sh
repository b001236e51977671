#!/usr/bin/env bash
# Runs the benches and writes bench/results/<cpu>/*.md. Usage: bench/run.sh [filter [argument ...]]
#   filter: machine, versus-openblas, inverse, epochs, ease, scaling, end-to-end, serving, fairness, kernels, or a glob of BenchmarkDotNet such as '*Gram*'.
#   Without one, everything. What follows goes to the bench: bench/run.sh inverse 2000 --rounds 9.
#   end-to-end, serving and fairness need ENCORE_DATA to name the folder that holds ml-1m.
set -euo pipefail
cd "$(dirname "$0")/.."

filter=${1:-}
arguments=("${@:2}")
dotnet build -c Release -v quiet --nologo -clp:NoSummary bench/Encore.Benchmarks
dotnet build -c Release -v quiet --nologo -clp:NoSummary src/Encore.Tool
bench=artifacts/bin/Encore.Benchmarks/release/Encore.Benchmarks

field() { sed -n "s/^$1[[:space:]]*: //p" /proc/cpuinfo 2>/dev/null | head -1; }
cpu="$(field 'model name')"
[ -n "$cpu" ] || cpu=$(sysctl -n machdep.cpu.brand_string 2>/dev/null || uname -m)
family=$(field 'cpu family')
model=$(field model)
# Cloud machines hide the product's name; family and model still tell the architecture.
[ -z "$family" ] || cpu="$cpu family $family model $model"
folder="bench/results/$(printf '%s' "$cpu" | tr -cs 'A-Za-z0-9.' '-' | sed 's/-$//')"
mkdir -p "$folder"

package() { sed -n "s/.*Include=\"$1\" Version=\"\([^\"]*\)\".*/\1/p" Directory.Packages.props; }
versions() {
    printf -- '- CPU: %s, %s processors\n' "$cpu" "$(nproc 2>/dev/null || sysctl -n hw.ncpu)"
    # shellcheck disable=SC1091
    printf -- '- OS: %s\n' "$( (. /etc/os-release 2>/dev/null && echo "$PRETTY_NAME") || uname -s)"
    printf -- '- Runtime: .NET SDK %s, %s\n' "$(dotnet --version)" "$(dotnet --list-runtimes | sed -n 's/^\(Microsoft.NETCore.App [^ ]*\).*/\1/p' | tail -1)"
    printf -- '- Packages: System.Numerics.Tensors %s, DuckDB.NET.Data.Full %s, BenchmarkDotNet %s\n' \
        "$(package System.Numerics.Tensors)" "$(package DuckDB.NET.Data.Full)" "$(package BenchmarkDotNet)"
    printf -- '- OpenBLAS: %s\n' "$(dpkg-query -W -f='${Package} ${Version}' libopenblas0-pthread 2>/dev/null || echo 'not a Debian package here')"
    # Others' work on the same processors shows in the rates; the ratios, taken in turns, suffer less.
    printf -- '- Load average at the start: %s\n' "$(cut -d' ' -f1 /proc/loadavg 2>/dev/null || echo unknown)"
    printf -- '- Command: `bench/run.sh %s`\n' "$1"
}

wanted() { [ -z "$filter" ] || [ "$filter" = "$1" ]; }

# A verb's name, and what it is always given.
verb() {
    wanted "$1" || return 0
    { printf '# %s\n\n' "$1"; versions "$1${arguments[*]:+ ${arguments[*]}}"; printf '\n'; "$bench" "$@" "${arguments[@]}" 2>&1; } | tee "$folder/$1.md"
}

kernels() {
    local scratch
    scratch=$(mktemp -d)
    # shellcheck disable=SC2064
    trap "rm -rf '$scratch'" EXIT
    "$bench" --filter "$1" --artifacts "$scratch"
    for report in "$scratch"/results/*-report-github.md; do
        name=$(basename "$report" -report-github.md)
        name=${name##*.}
        { printf '# %s\n\n' "$name"; versions "'*$name*'"; printf '\n'; cat "$report"; } >"$folder/$name.md"
    done
}

# A server with a model of each kind, and load on it from the same machine.
serving() {
    wanted serving || return 0
    local models tool=artifacts/bin/Encore.Tool/release/encore address=http://127.0.0.1:9471 server
    models=$(mktemp -d)
    "$tool" train ease --data ml-1m --out "$models/ease.encore" --quiet >/dev/null
    "$tool" train mult-vae --data ml-1m --set epochs=8 --out "$models/vae.encore" --quiet >/dev/null
    "$tool" serve "$models/ease.encore" "$models/vae.encore" --port 9471 --no-watch 2>"$models/log" &
    server=$!
    # shellcheck disable=SC2064
    trap "kill $server 2>/dev/null; rm -rf '$models'" EXIT
    until grep -q Serving "$models/log"; do sleep 0.1; done
    {
        printf '# serving\n\n'; versions serving; printf '\n'
        for load in 'connections=32' 'rate=1000' 'rate=1000 seconds=20 swaps=100' 'connections=64 model=vae' 'rate=1000 model=vae'; do
            # shellcheck disable=SC2086
            printf -- '- `%s`: %s\n' "$load" "$("$bench" serve-load "$address" ml-1m $load)"
        done
    } | tee "$folder/serving.md"
    kill "$server"
    wait "$server" || true
}

# Honest clients with and without one that sends the largest requests it may.
fairness() {
    wanted fairness || return 0
    local scratch tool=artifacts/bin/Encore.Tool/release/encore
    scratch=$(mktemp -d)
    "$tool" train ease --data ml-1m --out "$scratch/ease.encore" --quiet >/dev/null
    {
        printf '# fairness\n\n'; versions fairness; printf '\n'
        for shape in diversity explain; do
            printf '## %s\n\n' "$shape"
            "$bench" serve-fairness "$tool" "$scratch/ease.encore" ml-1m "shape=$shape" "${arguments[@]}"
            printf '\n'
        done
    } | tee "$folder/fairness.md"
    rm -rf "$scratch"
}

verb machine
verb versus-openblas
verb inverse
verb epochs
verb ease
verb scaling "$folder"
verb end-to-end
serving
fairness
case "$filter" in
    machine | versus-openblas | inverse | epochs | ease | scaling | end-to-end | serving | fairness) ;;
    '' | kernels) kernels '*' ;;
    *) kernels "$filter" ;;
esac
echo "Results: $folder"
