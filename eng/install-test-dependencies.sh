#!/usr/bin/env bash
# Installs what some tests and benches compare with, where it is missing: OpenBLAS (Debian, Ubuntu). Without it they
# skip and say so. Ends non-zero, saying why, where it cannot install.
set -u

package=libopenblas0-pthread

if ldconfig -p 2>/dev/null | grep -q 'libopenblas\.so\.0'; then
    echo "$package: present"
    exit 0
fi

if ! command -v apt-get >/dev/null; then
    echo "$package: this machine has no apt-get; install OpenBLAS another way" >&2
    exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
        echo "$package: needs root; run: sudo $0" >&2
        exit 1
    fi
    as_root=(sudo -n)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# A failed update matters only if the install fails too: the lists at hand may do.
"${as_root[@]}" apt-get -qq update >"$log" 2>&1
if ! "${as_root[@]}" apt-get -qq install -y --no-install-recommends "$package" >>"$log" 2>&1; then
    echo "$package: apt-get could not install it (offline?). Its last words:" >&2
    tail -5 "$log" >&2
    exit 1
fi
echo "$package: installed"
