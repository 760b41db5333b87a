#!/bin/sh
# Gửi một nhịp của máy này (Linux) tới tslcd-monitor. Cài bằng: sudo sh install-tslcd-beat.sh (chạy mỗi phút bằng systemd).
# Máy không có systemd 247 trở lên thì dùng cron, tài khoản không cần quyền:
#   * * * * * nobody /usr/local/lib/tslcd/tslcd-beat.sh /etc/tslcd-beat.conf
#
# /etc/tslcd-beat.conf (quyền 0600; không chạy như lệnh, chỉ đọc từng dòng KHÓA=giá trị):
#   ASSET=kiosk-21484-01                         mã tài sản như trong danh mục
#   TOKEN=...                                    in bằng: tslcd-monitor heartbeat token kiosk-21484-01
#   URL=https://giamsat.example.gov.vn:8443/beat
#   APP=kiosk-browser                            tên tiến trình phải chạy; bỏ trống: không báo
#   CA_FILE=/etc/ssl/tslcd-ca.crt                nơi cấp chứng thư riêng; bỏ trống: của hệ thống
#
# Chỉ gửi: mã tài sản, thời gian chạy, tỷ lệ đĩa còn trống, ứng dụng còn chạy. Không gửi tên người dùng, tên máy, địa chỉ.
# Xem sẽ gửi gì mà không gửi: tslcd-beat.sh --show /etc/tslcd-beat.conf
set -eu
LC_ALL=C
export LC_ALL

fail() {
    printf 'tslcd-beat: %s\n' "$1" >&2
    exit 1
}

show=no
if [ "${1:-}" = --show ]; then
    show=yes
    shift
fi
conf=${1:-${CREDENTIALS_DIRECTORY:-/etc}/tslcd-beat.conf}
[ -r "$conf" ] || fail "không đọc được $conf; cài lại bằng install-tslcd-beat.sh"

asset='' token='' url='' app='' ca_file=''
while IFS='=' read -r key value || [ -n "$key" ]; do
    # Tệp soạn trên Windows có CR ở cuối dòng.
    value=${value%"$(printf '\r')"}
    case $key in
    ASSET) asset=$value ;;
    TOKEN) token=$value ;;
    URL) url=$value ;;
    APP) app=$value ;;
    CA_FILE) ca_file=$value ;;
    '' | '#'*) ;;
    *) fail "$conf: không hiểu khóa '$key'; chỉ có ASSET, TOKEN, URL, APP, CA_FILE" ;;
    esac
done <"$conf"

# Những giá trị này đi vào JSON và cấu hình của curl: chỉ nhận ký tự không đổi được nghĩa của chúng.
case $asset in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) fail "$conf: ASSET cần mã tài sản như trong danh mục" ;; esac
case $token in '' | *[!A-Z2-7]*) fail "$conf: TOKEN chỉ có A-Z và 2-7; in bằng: tslcd-monitor heartbeat token $asset" ;; esac
case $url in *[!]A-Za-z0-9.:/_%[-]*) fail "$conf: URL có ký tự lạ" ;; esac
case $url in
https://?*/beat | http://127.0.0.1:*/beat | http://localhost:*/beat) ;;
# Mã (token) không đi qua mạng mà không mã hóa.
*) fail "$conf: URL cần dạng https://MÁY-GIÁM-SÁT:8443/beat" ;;
esac
case $ca_file in '') ;; [!/]* | *[!A-Za-z0-9._/-]*) fail "$conf: CA_FILE cần đường dẫn đầy đủ, không có ký tự lạ" ;; esac

uptime_s=$(cut -d ' ' -f 1 /proc/uptime)
disk_free_ratio=$(df -P / | awk 'NR == 2 { printf "%.4f", $4 / ($3 + $4) }')
beat="{\"asset\":\"$asset\",\"uptime_s\":$uptime_s,\"disk_free_ratio\":$disk_free_ratio"
if [ -n "$app" ]; then
    # Tên tiến trình trong nhân dài nhất 15 ký tự.
    if cat /proc/[0-9]*/comm 2>/dev/null | grep -qxF -e "$(printf '%.15s' "$app")"; then
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

# Mã (token) đi qua đầu vào, không qua dòng lệnh: dòng lệnh ai trên máy cũng xem được. --disable: không đọc ~/.curlrc.
ended=0
said=$(
    curl --disable --config - 2>&1 <<END
silent
show-error
max-time = 20
proto = "=http,https"
max-redirs = 0
output = "/dev/null"
write-out = "%{http_code}"
url = "$url"
header = "Authorization: Bearer $token"
header = "Content-Type: application/json"
data = "$(printf '%s' "$beat" | sed 's/"/\\"/g')"
${ca_file:+cacert = "$ca_file"}
END
) || ended=$?
# Lời của curl đứng trước ba chữ số của câu trả lời.
[ "$ended" -eq 0 ] || fail "không gửi được tới $url: $(printf '%s' "${said%???}")"
case $said in
204) ;;
401) fail "máy giám sát không nhận mã (401); in mã mới bằng: tslcd-monitor heartbeat token $asset" ;;
404) fail "máy giám sát không biết '$asset' (404); thêm phép đo kind: heartbeat vào danh mục, xem lại URL" ;;
429) fail "gửi dồn dập (429); mỗi phút một nhịp là đủ" ;;
*) fail "máy giám sát trả lời $said; xem nhật ký của nó" ;;
esac
