#!/bin/sh
# What has to be done when the files lie where they belong: user, folders, and a service that runs the new program.
# Run by the Debian package and by the offline bundle. $1: the version before, empty for the first installation.
set -eu
before=${1:-}
config=/etc/tslcd-monitor/tslcd-monitor.yaml

# Only root decides what the service reads and runs, whatever umask this was called with.
umask 022
systemd-sysusers tslcd-monitor.conf
systemd-tmpfiles --create tslcd-monitor.conf

# In a chroot there is no systemd to tell.
[ -d /run/systemd/system ] || exit 0
systemctl daemon-reload

runs() { case $(systemctl is-active tslcd-monitor.service) in active | activating | reloading) true ;; *) false ;; esac; }

if [ -n "$before" ] && { runs || systemctl -q is-enabled tslcd-monitor.service 2>/dev/null; }; then
    checked=0
    said=$(/usr/bin/tslcd-monitor check-config "$config" 2>&1) || checked=$?
    # 3: warnings only.
    if [ "$checked" -ne 0 ] && [ "$checked" -ne 3 ]; then
        printf '%s\n' "$said" >&2
        echo "tslcd-monitor: bản mới không nhận cấu hình này, dịch vụ sẽ chưa chạy được. Sửa các dòng trên, rồi:" >&2
        echo "    tslcd-monitor check-config && systemctl restart tslcd-monitor" >&2
    fi
    # Sockets that a removal stopped are opened again first; beside a running service systemd refuses to.
    if ! runs; then
        for socket in tslcd-monitor-web.socket tslcd-monitor-traps.socket; do
            ! systemctl -q is-enabled "$socket" 2>/dev/null || systemctl start "$socket" || true
        done
    fi
    # Not waited for: an older database is converted first, which may take minutes.
    systemctl --no-block restart tslcd-monitor.service
elif ! [ -e "$config" ]; then
    cat <<'TEXT'
tslcd-monitor đã cài xong, chưa chạy gì cả. Bước tiếp theo (sổ tay: /usr/share/doc/tslcd-monitor/vi/so-tay.md):
    tslcd-monitor inventory init /etc/tslcd-monitor --service
    tslcd-monitor check-config
    systemctl enable --now tslcd-monitor
TEXT
elif ! runs; then
    cat <<'TEXT'
tslcd-monitor đã cài xong, dùng lại cấu hình và số liệu đã có, chưa chạy. Bước tiếp theo:
    tslcd-monitor check-config
    systemctl enable --now tslcd-monitor
TEXT
fi
