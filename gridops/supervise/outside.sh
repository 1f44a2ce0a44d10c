#!/bin/sh
# Debian packages that some tests use and the others can do without: sh outside.sh mosquitto
# As root they are installed, and no service of theirs is started; anybody else is told what is missing.
# Without a network the tests that need them are skipped: that is no failure.
set -u
root=${GRIDOPS_TEST_ROOT:-} # of the file system; the tests of this script have one of their own

present() {
    for file in $1; do
        for found in $root$file; do
            [ -e "$found" ] && return 0
        done
    done
    return 1
}

# For as long as the package is unpacked, Debian starts no service of it.
forbid_services() {
    policy=$root/usr/sbin/policy-rc.d
    if [ -e "$policy" ]; then
        policy=""
        return
    fi
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
}

apt() {
    DEBIAN_FRONTEND=noninteractive timeout 180 apt-get -o Acquire::http::Timeout=15 -o Acquire::Retries=1 \
        install -y --no-install-recommends "$1"
}

install() {
    [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    echo "Installing $1 for the tests"
    log=$(mktemp)
    # As it is known already, else with a fresh list; a network that does not answer must not hold up the tests.
    if { apt "$1" || { timeout 120 apt-get update && apt "$1"; }; } >"$log" 2>&1; then
        rm -f "$log"
        return 0
    fi
    tail -n 3 "$log" >&2
    rm -f "$log"
    return 1
}

missing() {
    echo "gridops: without $1 the tests that need it are skipped (on Debian or Ubuntu: sudo apt install $1)" >&2
}

policy=""
for package in "$@"; do
    case "$package" in
    mosquitto) shown_by='/usr/sbin/mosquitto /usr/local/sbin/mosquitto /usr/bin/mosquitto' ;;
    *) echo "gridops: outside.sh knows no package $package" >&2 && exit 2 ;;
    esac
    present "$shown_by" && continue
    [ "$(id -u)" -eq 0 ] && [ -z "$policy" ] && forbid_services
    if ! install "$package"; then
        missing "$package"
    elif [ "$package" = mosquitto ]; then
        # The broker of the package serves nobody here, not after the next start of the machine either.
        { systemctl disable mosquitto || update-rc.d mosquitto disable; } >/dev/null 2>&1 || true
    fi
done
exit 0
