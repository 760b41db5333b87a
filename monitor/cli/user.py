"""`user add | list | role | unit | disable | enable | invite | passwd | second-factor reset | token add | list | revoke`."""

import getpass
import sys
from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from monitor.cli.client import Client, open_client
from monitor.cli.exits import CommandError, Exit
from monitor.cli.output import Output, Row
from monitor.cli.person import person
from monitor.cli.times import exact

_ACCOUNTS = "accounts"


def run(arguments: Namespace, out: Output) -> int:
    """Run the action asked for."""
    client = open_client(arguments)
    match arguments.action:
        case "list":
            return _listed(client, out)
        case "token":
            return _token(arguments, client, out)
        case "add":
            return _add(arguments, client, out)
        case "passwd":
            return _passwd(arguments, client, out)
        case _:
            return _change(arguments, client, out)


def _listed(client: Client, out: Output) -> int:
    answer = client.get(_ACCOUNTS)
    if out.is_json:
        out.json(answer)
        return Exit.OK
    rows: list[Row] = [
        [
            item["name"],
            item["displayName"],
            item["roleText"] + (f" {item['unit']}" if item["unit"] else ""),
            exact(item["usedAt"]) if item["usedAt"] else "chưa dùng",
            "có" if item["hasSecondFactor"] else "–",
            _condition(item),
        ]
        for item in answer["items"]
    ]
    out.table(("TÀI KHOẢN", "HỌ TÊN", "VAI TRÒ", "DÙNG GẦN NHẤT", "LỚP HAI", "TÌNH TRẠNG"), rows)
    if not rows:
        out.note("Chưa có tài khoản nào. Thêm: tslcd-monitor user add TÊN --name 'Họ tên' --role admin")
    return Exit.OK


def _condition(item: Mapping[str, Any]) -> str:
    if item["disabledAt"]:
        return f"đã khóa {exact(item['disabledAt'])}" + (
            f" ({item['disabledWhy']})" if item["disabledWhy"] else ""
        )
    return "hoạt động" if item["hasPassword"] else "chưa đặt mật khẩu"


def _add(arguments: Namespace, client: Client, out: Output) -> int:
    password = _read_line() if arguments.password_stdin else None
    body = {
        "name": arguments.account,
        "displayName": arguments.display_name,
        "role": arguments.role,
        "unit": arguments.unit,
        **_by(arguments),
    }
    answer = client.post(_ACCOUNTS, body=body)
    name = str(answer["account"]["name"])
    if password is None:
        return _told(out, answer, f"Đã thêm tài khoản {name}. {_link_words(answer['link'])}")
    try:
        changed = _set_password(client, name, password, _by(arguments))
    except CommandError as error:
        raise CommandError(
            Exit.PARTLY,
            f"đã thêm tài khoản {name} nhưng chưa đặt được mật khẩu: {error.what}",
            f"{error.remedy}; rồi chạy: tslcd-monitor user passwd {name}",
        ) from error
    return _told(out, changed, f"Đã thêm tài khoản {name} cùng mật khẩu.")


def _passwd(arguments: Namespace, client: Client, out: Output) -> int:
    password = _read_line() if arguments.password_stdin else _typed_twice()
    answer = _set_password(client, arguments.account, password, _by(arguments))
    return _told(out, answer, f"Đã đặt mật khẩu của {arguments.account}; các phiên đăng nhập cũ đã kết thúc.")


def _change(arguments: Namespace, client: Client, out: Output) -> int:
    name, by = arguments.account, _by(arguments)
    match arguments.action:
        case "role":
            body = {"role": arguments.role, "unit": arguments.unit, **by}
            answer = client.send("PATCH", _ACCOUNTS, name, body=body)
            done = f"{name} nay có vai trò {answer['account']['roleText']}, phải đăng nhập lại."
        case "unit":
            answer = client.send("PATCH", _ACCOUNTS, name, body={"unit": arguments.unit, **by})
            done = f"{name} nay thuộc đơn vị {answer['account']['unit']}, phải đăng nhập lại."
        case "disable":
            answer = client.post(_ACCOUNTS, name, "disable", body={"why": arguments.why, **by})
            done = f"Đã khóa tài khoản {name}."
        case "invite":
            answer = client.post(_ACCOUNTS, name, "invite", body=by)
            done = _link_words(answer["link"])
        case "second-factor":
            answer = client.send("DELETE", _ACCOUNTS, name, "second-factor", body=by)
            done = f"Đã gỡ xác thực lớp hai của {name}."
        case _:
            answer = client.post(_ACCOUNTS, name, "enable", body=by)
            done = f"Đã mở lại tài khoản {name}."
    return _told(out, answer, done)


def _token(arguments: Namespace, client: Client, out: Output) -> int:
    name = arguments.account
    match arguments.token_action:
        case "add":
            body = {"scopes": arguments.scopes, "days": arguments.days, "label": arguments.label}
            answer = client.post(_ACCOUNTS, name, "tokens", body={**body, **_by(arguments)})
            if out.is_json:
                out.json(answer)
                return Exit.OK
            out.line(str(answer["secret"]))
            token = answer["token"]
            out.note(
                f"Mã {token['id']} của {name}, đến {exact(token['endsAt'])}. Bí mật ở trên chỉ hiện một lần này."
            )
            return Exit.OK
        case "revoke":
            answer = client.send("DELETE", _ACCOUNTS, name, "tokens", arguments.token_id, body=_by(arguments))
            return _told(out, answer, f"Đã thu hồi mã {arguments.token_id}.")
        case _:
            return _listed_tokens(client.get(_ACCOUNTS, name, "tokens"), out)


def _listed_tokens(answer: dict[str, Any], out: Output) -> int:
    if out.is_json:
        out.json(answer)
        return Exit.OK
    rows: list[Row] = [
        [
            item["id"],
            item["label"] or "–",
            ", ".join(item["scopes"]),
            "đã hết hạn" if item["ended"] else exact(item["endsAt"]),
            f"{exact(item['usedAt'])} từ {item['usedFrom'] or '?'}" if item["usedAt"] else "chưa dùng",
        ]
        for item in answer["items"]
    ]
    out.table(("MÃ", "DÙNG Ở", "QUYỀN", "HẾT HẠN", "DÙNG GẦN NHẤT"), rows)
    return Exit.OK


def _told(out: Output, answer: dict[str, Any], text: str) -> int:
    if out.is_json:
        out.json(answer)
    else:
        out.line(text)
    return Exit.OK


def _link_words(link: Mapping[str, Any]) -> str:
    return f"Liên kết đặt mật khẩu, dùng một lần, đến {exact(link['endsAt'])}:\n{link['url']}"


def _by(arguments: Namespace) -> dict[str, str]:
    return {"who": person(arguments.who, doing="làm việc này")}


def _set_password(client: Client, name: str, password: str, by: Mapping[str, str]) -> dict[str, Any]:
    return client.send("PUT", _ACCOUNTS, name, "password", body={"password": password, **by})


def _read_line() -> str:
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise CommandError(Exit.USAGE, "đầu vào chuẩn không có mật khẩu", "ví dụ: ... --password-stdin < tệp")
    return line


def _typed_twice() -> str:
    try:
        first = getpass.getpass("Mật khẩu mới: ")
        again = getpass.getpass("Gõ lại: ")
    except EOFError:
        raise CommandError(
            Exit.USAGE, "chưa có mật khẩu", "gõ tại bàn phím, hoặc dùng --password-stdin"
        ) from None
    if first != again:
        raise CommandError(Exit.USAGE, "hai lần gõ không giống nhau", "chạy lại lệnh")
    return first
