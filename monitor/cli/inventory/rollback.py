"""`inventory rollback`: go back to a stored version and stay on it."""

from argparse import Namespace

from monitor.cli.client import open_client
from monitor.cli.exits import Exit
from monitor.cli.inventory.showing import (
    READ_WITHIN_S,
    confirm,
    examine,
    show_changes,
    show_in_force,
    show_problems,
)
from monitor.cli.output import Output
from monitor.cli.person import person


def run(arguments: Namespace, out: Output) -> int:
    """Roll back; 1 when the version cannot be used any more."""
    who = person(arguments.who, doing="hoàn tác")
    client = open_client(arguments)
    examined = examine(client, arguments.version)
    if examined["problems"]:
        if out.is_json:
            out.json(examined)
        show_problems(examined, out)
        return Exit.FINDINGS
    if not out.is_json:
        show_changes(examined, out)
    confirm(
        f"Dùng bản {arguments.version} và thôi theo thư mục danh mục cho tới lần áp dụng sau",
        is_sure=arguments.yes,
    )
    answer = client.post(
        *("inventory", "rollback"),
        body={"version": arguments.version, "who": who},
        timeout_s=READ_WITHIN_S,
    )
    if out.is_json:
        out.json(answer)
        return Exit.OK
    out.line(f"Đã về bản {answer['version']}; thư mục danh mục không bị sửa.")
    show_in_force(answer, out)
    return Exit.OK
