#!/bin/sh
# Install tslcd-monitor from this folder alone, without any network: ./install.sh   (again with a newer one: upgrade)
# Remove the program, keep settings and data: ./install.sh --remove
set -eu
cd "$(dirname "$0")"
home=/opt/tslcd-monitor
python=/usr/bin/python3.11

fail() { echo "install.sh: $*" >&2; exit 1; }

case ${1:-} in '' | --remove) ;; *) fail "không hiểu '$1'; dùng: ./install.sh hoặc ./install.sh --remove" ;; esac
[ "$(id -u)" -eq 0 ] || fail "cần quyền root. Chạy lại: sudo ./install.sh ${1:-}"

if [ "${1:-}" = --remove ]; then
    [ -e "$home/installed-files" ] || fail "không có bản cài bằng install.sh trên máy này (cài bằng gói .deb thì: apt-get remove tslcd-monitor)"
    [ ! -d /run/systemd/system ] ||
        systemctl disable --now tslcd-monitor-web.socket tslcd-monitor-traps.socket tslcd-monitor.service || true
    while read -r file; do rm -f "/$file"; done <"$home/installed-files"
    rm -rf "$home" /usr/share/doc/tslcd-monitor /usr/share/tslcd-monitor
    [ ! -d /run/systemd/system ] || systemctl daemon-reload
    echo "Đã gỡ chương trình. Còn giữ lại: /etc/tslcd-monitor /var/lib/tslcd-monitor /var/backups/tslcd-monitor"
    exit 0
fi

# Everything that is missing, at once: whoever has to carry packages into a closed room goes once.
missing=
[ -x "$python" ] || missing="$missing python3.11"
command -v systemctl >/dev/null || missing="$missing systemd"
command -v systemd-sysusers >/dev/null || missing="$missing systemd"
[ -e /etc/ssl/certs/ca-certificates.crt ] || missing="$missing ca-certificates"
[ -e /usr/share/zoneinfo/Asia/Ho_Chi_Minh ] || missing="$missing tzdata"
ldconfig -p | grep -q 'libstdc++\.so\.6' || missing="$missing libstdc++6"
[ -z "$missing" ] || fail "máy này thiếu gói Debian:$missing
Chép các gói ấy từ đĩa cài Debian 12 vào máy rồi cài (apt-get install$missing), và chạy lại."
[ "$(uname -m)" = x86_64 ] || fail "bộ cài này chỉ dùng cho máy x86_64; máy này là $(uname -m)"
if dpkg-query -W -f '${Status}' tslcd-monitor 2>/dev/null | grep -q 'ok installed'; then
    fail "tslcd-monitor đã được cài bằng gói .deb. Nâng cấp bằng gói .deb mới, hoặc gỡ trước: apt-get remove tslcd-monitor"
fi
free_mb=$(df -Pm /opt | awk 'NR == 2 { print $4 }')
[ "$free_mb" -ge 700 ] || fail "ổ đĩa của /opt còn $free_mb MB, cần 700 MB"

# What others may write can be another file by the time it is used, and a link leads to what nobody looked at.
theirs=$(find . ! -type l '(' -perm /022 -o ! -user root ! -user "${SUDO_UID:-0}" ')' -o ! -type d ! -type f | head -n 3)
[ -z "$theirs" ] || fail "người khác sửa được bộ cài này trong lúc cài, hoặc trong đó có liên kết; chưa cài gì cả:
$theirs
Giải nén lại bằng quyền root vào một thư mục mới, ví dụ: tar -C /root -xf tslcd-monitor-*-offline.tar.gz"

# Every file, by its hash; and no file that is not in the list.
if ! bad=$(sha256sum --check --quiet --strict SHA256SUMS 2>&1); then
    fail "bộ cài bị hỏng hoặc bị sửa, chưa cài gì cả:
$bad
Chép lại tệp .tar.gz rồi giải nén lại."
fi
listed=$(sed 's/^[0-9a-f]*  //' SHA256SUMS | sort)
there=$(find . ! -type d ! -path ./SHA256SUMS | sed 's|^\./||' | sort)
[ "$listed" = "$there" ] || fail "trong bộ cài có tệp lạ, chưa cài gì cả. Giải nén lại vào một thư mục mới."

version=$(cat VERSION)
digest=$(sha256sum SHA256SUMS | cut -c 1-8)
new=$home/$version-$digest
before=$(cat "$home/installed-version" 2>/dev/null || true)
umask 022
mkdir -p "$home"
if ! [ -e "$new/complete" ]; then
    rm -rf "$new"
    "$python" -I unpack.py "$new" "$home/venv" wheels/*.whl ||
        fail "cài thư viện không xong (lỗi ở trên); bản đang chạy, nếu có, không đổi"
    touch "$new/complete"
fi
# Files beside the environment; then, in one step, the new program. The one before stays for a way back.
(cd root && find . ! -type d | sed 's|^\./||' | sort; echo usr/bin/tslcd-monitor) >"$home/installed-files.new"
tar -C root --owner=0 --group=0 -cf - . | tar -C / --no-overwrite-dir -xf -
mv "$home/installed-files.new" "$home/installed-files"
was=$(readlink "$home/venv" 2>/dev/null || true)
ln -sfn "$new" "$home/venv.new"
mv -T "$home/venv.new" "$home/venv"
ln -sfn "$home/venv/bin/tslcd-monitor" /usr/bin/tslcd-monitor
printf '%s\n' "$version" >"$home/installed-version"
for old in "$home"/*-????????; do
    [ "$old" = "$new" ] || [ "$old" = "$was" ] || rm -rf "$old"
done
/usr/share/tslcd-monitor/after-install.sh "$before"
echo "Đã cài tslcd-monitor $version."
