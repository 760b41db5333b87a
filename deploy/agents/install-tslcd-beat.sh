#!/bin/sh
# Cài nhịp của máy này (Linux, systemd 247 trở lên): sudo sh install-tslcd-beat.sh
# Hỏi mã tài sản, địa chỉ máy giám sát và mã (token); hoặc đưa sẵn tệp: sudo sh install-tslcd-beat.sh --config TỆP
# Tỉnh ký bộ tệp (xem README.vi.md) thì đưa thêm chứng thư của người ký: --signer tinh.crt
# Gỡ: sudo sh install-tslcd-beat.sh --remove
set -eu
umask 077
here=$(cd "$(dirname "$0")" && pwd)
conf=/etc/tslcd-beat.conf
program=/usr/local/lib/tslcd
units=/etc/systemd/system

fail() {
    printf 'install-tslcd-beat: %s\nCách sửa: %s\n' "$1" "$2" >&2
    exit 1
}

given='' signer='' remove=no
while [ $# -gt 0 ]; do
    case $1 in
    --config) given=${2:?--config cần tên tệp}; shift 2 ;;
    --signer) signer=${2:?--signer cần tên tệp}; shift 2 ;;
    --remove) remove=yes; shift ;;
    *) fail "không hiểu '$1'" "dùng: install-tslcd-beat.sh [--config TỆP] [--signer CHỨNG-THƯ] | --remove" ;;
    esac
done
[ "$(id -u)" -eq 0 ] || fail "cần quyền root để cài" "sudo sh install-tslcd-beat.sh"

if [ "$remove" = yes ]; then
    systemctl disable --quiet --now tslcd-beat.timer 2>/dev/null || true
    rm -f "$units/tslcd-beat.service" "$units/tslcd-beat.timer" "$program/tslcd-beat.sh" "$conf"
    rmdir "$program" 2>/dev/null || true
    systemctl daemon-reload
    echo "Đã gỡ. Trên máy giám sát: bỏ tài sản khỏi danh mục, nếu không nó báo mất nhịp."
    exit 0
fi

version=$(systemctl --version 2>/dev/null | awk 'NR == 1 { print $2 }')
[ "${version:-0}" -ge 247 ] || fail "cần systemd 247 trở lên, máy này có ${version:-không có systemd}" \
    "dùng cron, xem đầu tệp tslcd-beat.sh"
command -v curl >/dev/null || fail "máy này chưa có curl" "apt-get install curl (hoặc dnf install curl)"

# Tệp phải đúng như lúc phát hành; có chữ ký thì danh sách phải do đúng người ký.
if [ -n "$signer" ]; then
    key=$(openssl x509 -in "$signer" -pubkey -noout) || fail "không đọc được chứng thư $signer" "đưa tệp PEM của người ký"
    printf '%s\n' "$key" | openssl dgst -sha256 -verify /dev/stdin -signature "$here/SHA256SUMS.sig" "$here/SHA256SUMS" \
        >/dev/null 2>&1 || fail "SHA256SUMS không do người có chứng thư này ký" "lấy lại bộ tệp từ máy giám sát; nếu vẫn thế, đừng cài và báo tỉnh"
fi
for file in tslcd-beat.sh tslcd-beat.service tslcd-beat.timer; do
    (cd "$here" && grep "  $file\$" SHA256SUMS | sha256sum --check --status) ||
        fail "tệp $file khác bản phát hành" "chép lại cả thư mục agents từ máy giám sát"
done

new=$conf.new
if [ -n "$given" ]; then
    cp "$given" "$new"
else
    printf 'Mã tài sản (như trong danh mục): '
    read -r asset
    printf 'Máy giám sát (https://MÁY:8443/beat): '
    read -r url
    printf 'Tên tiến trình phải chạy (Enter: không theo dõi): '
    read -r app
    printf 'Tệp nơi cấp chứng thư riêng (Enter: của hệ thống): '
    read -r ca_file
    printf 'Mã (token), gõ không hiện: '
    if [ -t 0 ]; then
        trap 'stty echo' EXIT INT TERM
        stty -echo
    fi
    read -r token
    if [ -t 0 ]; then
        stty echo
        trap - EXIT INT TERM
        echo
    fi
    printf 'ASSET=%s\nTOKEN=%s\nURL=%s\nAPP=%s\nCA_FILE=%s\n' "$asset" "$token" "$url" "$app" "$ca_file" >"$new"
fi
chown root:root "$new"
chmod 0600 "$new"
# Sai thì nói ngay, và cấu hình đang dùng còn nguyên.
if ! sh "$here/tslcd-beat.sh" --show "$new"; then
    rm -f "$new"
    exit 1
fi
mv "$new" "$conf"

mkdir -p "$program"
chmod 0755 "$program"
install -m 0755 "$here/tslcd-beat.sh" "$program/tslcd-beat.sh"
install -m 0644 "$here/tslcd-beat.service" "$here/tslcd-beat.timer" "$units/"
systemctl daemon-reload
if systemctl start tslcd-beat.service; then
    echo "Đã gửi nhịp thử đầu tiên; từ nay mỗi phút một nhịp."
else
    echo "Đã cài, nhưng nhịp đầu tiên không tới; vì sao: journalctl -t tslcd-beat -n 5" >&2
    journalctl --no-pager --quiet --output=cat -t tslcd-beat -n 2 >&2 || true
fi
systemctl enable --quiet tslcd-beat.timer
systemctl restart tslcd-beat.timer
