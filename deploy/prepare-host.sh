#!/bin/sh
# Install the Debian packages that a purpose needs: run | test | bench. As root it installs what is missing;
# otherwise it says exactly what to install and fails.
set -eu
purpose=${1:?usage: prepare-host.sh run|test|bench}

# command -> package
run_needs="ip:iproute2 snmpd:snmpd"
test_needs="$run_needs victoria-metrics:victoria-metrics influxd:influxdb chromium:chromium snmptrap:snmp
 mosquitto:mosquitto mosquitto_pub:mosquitto-clients sipp:sip-tester chronyd:chrony dnsmasq:dnsmasq-base
 exim4:exim4-daemon-light mkfs.xfs:xfsprogs strace:strace pdftotext:poppler-utils faketime:faketime
 systemd-nspawn:systemd-container systemd-analyze:systemd shellcheck:shellcheck docker-compose:docker-compose"
bench_needs="$test_needs fping:fping prometheus-blackbox-exporter:prometheus-blackbox-exporter
 prometheus-snmp-exporter:prometheus-snmp-exporter prometheus:prometheus
 prometheus-alertmanager:prometheus-alertmanager gcc:gcc"

case $purpose in
run) needs=$run_needs ;;
test) needs=$test_needs ;;
bench) needs=$bench_needs ;;
*) echo "prepare-host.sh: unknown purpose '$purpose' (run, test, bench)" >&2; exit 2 ;;
esac

PATH=$PATH:/usr/sbin:/sbin
missing=
for need in $needs; do
    command -v "${need%%:*}" >/dev/null 2>&1 || missing="$missing ${need##*:}"
done
# Debian ships python3 without ensurepip; a virtual environment needs it.
python3 -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
# Vietnamese in screenshots needs a font that has all 102 letters.
if [ "$purpose" = test ] && ! [ -d /usr/share/fonts/truetype/noto ]; then missing="$missing fonts-noto-core"; fi
# LibreOffice is there for others without its word processor; letters of the width of Times need the second Liberation.
if [ "$purpose" = test ]; then
    [ -e /usr/lib/libreoffice/program/libswlo.so ] || missing="$missing libreoffice-writer-nogui"
    [ -d /usr/share/fonts/truetype/liberation2 ] || missing="$missing fonts-liberation2"
fi
# Not a refusal: a container may grant a plain user what the tests use.
if [ "$purpose" != run ] && [ "$(id -u)" -ne 0 ]; then
    echo "Phép thử cần quyền root (không gian mạng, ICMP); không có thì nhiều phép thử sẽ hỏng. / The tests need root." >&2
    echo "Cách sửa / remedy: sudo make $purpose" >&2
fi
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
    echo "Thiếu gói Debian / missing Debian packages:$missing" >&2
    echo "Cách sửa / remedy: sudo apt-get install --no-install-recommends$missing" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
# Services of these packages must not start by themselves: the tests start their own, on their own ports.
apt-get -qq install --no-install-recommends -y $missing >/dev/null
