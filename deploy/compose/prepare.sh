#!/bin/sh
# Chuẩn bị tệp bí mật và chứng thư cho deploy/compose.yaml. Chạy lại không đổi gì đã có.
#   sudo sh deploy/compose/prepare.sh TÊN-MÁY-GIÁM-SÁT      tên hoặc địa chỉ IP mà các máy gọi tới
#   sudo sh deploy/compose/prepare.sh --mqtt-user MÃ-TÀI-SẢN   thêm một máy gửi nhịp qua MQTT; in mật khẩu của nó
# Có chứng thư của tỉnh thì đặt sẵn ca.crt, server.crt, server.key vào THƯ-MỤC/mosquitto; không có thì tự lập một nơi cấp riêng.
set -eu
umask 077
folder=${TSLCD_COMPOSE:-/etc/tslcd-monitor/compose}
broker=$folder/mosquitto

fail() {
    printf 'prepare: %s\nCách sửa: %s\n' "$1" "$2" >&2
    exit 1
}

[ "$(id -u)" -eq 0 ] || fail "cần quyền root: mỗi tệp thuộc về tài khoản của dịch vụ đọc nó" "sudo sh $0 ..."
for tool in openssl python3; do
    command -v "$tool" >/dev/null || fail "máy này chưa có $tool" "apt-get install $tool"
done

# Dạng mật khẩu của Mosquitto 2: PBKDF2-HMAC-SHA512, 12 byte muối, 101 vòng như mosquitto_passwd.
hashed() {
    # shellcheck disable=SC2016  # Dấu $ là của Mosquitto.
    python3 -c '
import base64, hashlib, os, sys
salt = os.urandom(12)
key = hashlib.pbkdf2_hmac("sha512", sys.stdin.buffer.read(), salt, 101)
print("$7$101$" + base64.b64encode(salt).decode() + "$" + base64.b64encode(key).decode())'
}

# mqtt_user TÊN: đọc mật khẩu ở đầu vào
mqtt_user() {
    { grep -v "^$1:" "$broker/tslcd.passwd" 2>/dev/null || true; printf '%s:' "$1"; hashed; } >"$broker/tslcd.passwd.new"
    # Ghi đè nội dung: vùng chứa đang chạy giữ chính tệp này.
    cat "$broker/tslcd.passwd.new" >"$broker/tslcd.passwd"
    rm "$broker/tslcd.passwd.new"
    chown 1883:1883 "$broker/tslcd.passwd"
    chmod 0400 "$broker/tslcd.passwd"
}

case ${1:-} in
--mqtt-user)
    case ${2:-} in '' | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) fail "mã tài sản '${2:-}' không đúng" "viết như trong danh mục" ;; esac
    [ -e "$broker/tslcd.passwd" ] || fail "chưa chuẩn bị" "sudo sh $0 TÊN-MÁY-GIÁM-SÁT"
    password=$(openssl rand -hex 20)
    printf '%s' "$password" | mqtt_user "$2"
    printf '%s\n' "$password"
    echo "Cho Mosquitto đọc lại: docker compose -p tslcd -f deploy/compose.yaml kill -s HUP mosquitto" >&2
    exit 0
    ;;
'' | -* | *[!A-Za-z0-9.:-]*) fail "cần tên hoặc địa chỉ của máy giám sát" "sudo sh $0 giamsat.tinh.gov.vn" ;;
esac
host=$1

mkdir -p "$broker" "$folder/for-monitor"
chmod 0700 "$folder" "$broker" "$folder/for-monitor"

# secret TÊN CHỦ: một tệp bí mật không có ký tự xuống dòng, đã có thì để nguyên
secret() {
    [ -s "$folder/$1" ] || openssl rand -hex 24 | tr -d '\n' >"$folder/$1"
    chown "$2" "$folder/$1"
    chmod 0440 "$folder/$1"
}
# Tài khoản trong các ảnh: influxdb 1000, grafana 472 (nhóm 0), mosquitto 1883.
secret influx-admin-password 1000:0
secret influx-admin-token 1000:0
secret influx-monitor-password 1000:0
secret influx-grafana-password 1000:472
secret grafana-admin-password 472:0

[ -s "$folder/for-monitor/mqtt-password" ] || openssl rand -hex 20 | tr -d '\n' >"$folder/for-monitor/mqtt-password"
grep -q '^tslcd-monitor:' "$broker/tslcd.passwd" 2>/dev/null || mqtt_user tslcd-monitor <"$folder/for-monitor/mqtt-password"
printf 'tslcd-monitor:%s' "$(cat "$folder/influx-monitor-password")" >"$folder/for-monitor/influx-token"

if ! [ -s "$broker/server.crt" ]; then
    case $host in *:*) name=IP:$host ;; *[!0-9.]*) name=DNS:$host ;; *) name=IP:$host ;; esac
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=TSLCD MQTT $host" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
        -keyout "$folder/mqtt-ca.key" -out "$broker/ca.crt" 2>/dev/null
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$host" \
        -keyout "$broker/server.key" -out "$broker/server.csr" 2>/dev/null
    printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$name" >"$broker/server.ext"
    openssl x509 -req -in "$broker/server.csr" -CA "$broker/ca.crt" -CAkey "$folder/mqtt-ca.key" -CAcreateserial \
        -days 825 -extfile "$broker/server.ext" -out "$broker/server.crt" 2>/dev/null
    rm -f "$broker/server.csr" "$broker/server.ext" "$broker/ca.srl"
fi
for file in ca.crt server.crt server.key; do
    [ -s "$broker/$file" ] || fail "thiếu $broker/$file" "đặt đủ ca.crt, server.crt, server.key của tỉnh, hoặc xóa cả ba để tự lập"
    chown 1883:1883 "$broker/$file"
done
chmod 0444 "$broker/ca.crt" "$broker/server.crt"
chmod 0400 "$broker/server.key"

cat <<END
Đã sẵn sàng: docker compose -p tslcd -f deploy/compose.yaml up -d
Cho tslcd-monitor (chép hai tệp trong $folder/for-monitor vào thư mục credentials, quyền 0600), thêm vào cấu hình:
  influx: {url: "http://127.0.0.1:8086", api: v1, bucket: tslcd, token_secret: influx-token}
  heartbeats:
    mqtt: {host: 127.0.0.1, port: 1883, username: tslcd-monitor, password_secret: mqtt-password}
Mật khẩu quản trị Grafana (http://127.0.0.1:3000, tài khoản admin): $folder/grafana-admin-password
END
