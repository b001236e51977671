#!/usr/bin/env bash
# Installs what some tests and benches need, where it is missing: OpenBLAS and NumPy to compare with, and a browser for the
# explorer page (Debian, Ubuntu). Without them those tests skip and say so. Ends non-zero, saying why, where it cannot install.
set -u

missing=()
if ldconfig -p 2>/dev/null | grep -q 'libopenblas\.so\.0'; then
    echo "libopenblas0-pthread: present"
else
    missing+=(libopenblas0-pthread)
fi

if command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then
    echo "chromium: present"
else
    missing+=(chromium)
fi

if /usr/bin/python3 -c 'import numpy' 2>/dev/null; then
    echo "python3-numpy: present"
else
    missing+=(python3-numpy)
fi

[ "${#missing[@]}" -gt 0 ] || exit 0

if ! command -v apt-get >/dev/null; then
    echo "${missing[*]}: this machine has no apt-get; install them another way" >&2
    exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! sudo -n true 2>/dev/null; then
        echo "${missing[*]}: needs root; run: sudo $0" >&2
        exit 1
    fi
    as_root=(sudo -n)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
# A failed update matters only if an install fails too: the lists at hand may do.
"${as_root[@]}" apt-get -qq update >"$log" 2>&1
status=0
for package in "${missing[@]}"; do
    # One at a time: the one that cannot be had does not keep the other away.
    if "${as_root[@]}" apt-get -qq install -y --no-install-recommends "$package" >>"$log" 2>&1; then
        echo "$package: installed"
    else
        echo "$package: apt-get could not install it (offline?). Its last words:" >&2
        tail -5 "$log" >&2
        status=1
    fi
done
exit "$status"
