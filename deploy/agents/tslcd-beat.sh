#!/bin/sh
# Gửi một nhịp của máy này (Linux) tới tslcd-monitor. Chạy mỗi phút bằng cron hoặc systemd timer, tài khoản không cần quyền:
#   * * * * * nobody /usr/local/bin/tslcd-beat.sh /etc/tslcd-beat.conf
#
# /etc/tslcd-beat.conf (chủ là tài khoản chạy lệnh, quyền 0600):
#   ASSET=kiosk-21484-01                         mã tài sản như trong danh mục
#   TOKEN=...                                    in bằng: tslcd-monitor heartbeat token kiosk-21484-01
#   URL=https://giamsat.example.gov.vn:8443/beat
#   APP=kiosk-browser                            tên tiến trình phải chạy; bỏ trống: không báo
#   CA_FILE=/etc/tslcd-ca.crt                    nơi cấp chứng thư riêng; bỏ trống: của hệ thống
#
# Chỉ gửi: mã tài sản, thời gian chạy, tỷ lệ đĩa còn trống, ứng dụng còn chạy. Không gửi tên người dùng, tên máy, địa chỉ.
# Xem sẽ gửi gì mà không gửi: tslcd-beat.sh --show /etc/tslcd-beat.conf
set -eu

show=no
if [ "${1:-}" = "--show" ]; then
    show=yes
    shift
fi
ASSET='' TOKEN='' URL='' APP='' CA_FILE=''
CONF=${1:-/etc/tslcd-beat.conf}
# Lệnh "." tìm tên không có dấu gạch chéo trong PATH, không phải ở thư mục hiện tại.
case $CONF in */*) ;; *) CONF=./$CONF ;; esac
. "$CONF"

uptime_s=$(cut -d ' ' -f 1 /proc/uptime)
disk_free_ratio=$(df -P / | awk 'NR == 2 { printf "%.4f", $4 / ($3 + $4) }')
beat="{\"asset\":\"$ASSET\",\"uptime_s\":$uptime_s,\"disk_free_ratio\":$disk_free_ratio"
if [ -n "$APP" ]; then
    # Tên tiến trình trong nhân dài nhất 15 ký tự.
    if cat /proc/[0-9]*/comm 2>/dev/null | grep -qxF "$(printf '%.15s' "$APP")"; then
        beat="$beat,\"app_alive\":true"
    else
        beat="$beat,\"app_alive\":false"
    fi
fi
beat="$beat}"

if [ "$show" = yes ]; then
    printf '%s\n' "$beat"
    exit 0
fi
# Mã (token) đi qua đầu vào, không qua dòng lệnh: dòng lệnh ai trên máy cũng xem được.
curl --silent --show-error --fail --max-time 20 --output /dev/null --config - <<END
url = "$URL"
header = "Authorization: Bearer $TOKEN"
header = "Content-Type: application/json"
data = "$(printf '%s' "$beat" | sed 's/"/\\"/g')"
${CA_FILE:+cacert = "$CA_FILE"}
END
