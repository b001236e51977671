#!/usr/bin/env bash
# Fuzzes the loading of model files with AFL and SharpFuzz until it is stopped. Needs afl-fuzz and the tool
# SharpFuzz.CommandLine (dotnet tool install --global SharpFuzz.CommandLine). Findings lie in artifacts/fuzz/findings.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v afl-fuzz >/dev/null || { echo "afl-fuzz is not installed" >&2; exit 1; }
command -v sharpfuzz >/dev/null || { echo "sharpfuzz is not installed" >&2; exit 1; }
out=artifacts/fuzz
rm -rf "$out/bin"
dotnet publish bench/Encore.Fuzz -c Release -o "$out/bin" -v quiet --nologo
"$out/bin/Encore.Fuzz" seeds "$out/seeds"
sharpfuzz "$out/bin/Encore.dll"
AFL_SKIP_BIN_CHECK=1 afl-fuzz -i "$out/seeds" -o "$out/findings" -t 10000 -m none "$out/bin/Encore.Fuzz"
