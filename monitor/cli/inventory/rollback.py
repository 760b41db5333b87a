"""`inventory rollback`: go back to a stored version and stay on it."""

from argparse import Namespace

from monitor.cli.client import open_client
from monitor.cli.exits import Exit
from monitor.cli.inventory.showing import READ_WITHIN_S, confirm, examine, is_usable, show_done
from monitor.cli.output import Output
from monitor.cli.person import person


def run(arguments: Namespace, out: Output) -> int:
    """Roll back; 1 when the version cannot be used any more."""
    who = person(arguments.who, doing="hoàn tác")
    client = open_client(arguments)
    examined = examine(client, arguments.version)
    if not is_usable(examined, out):
        return Exit.FINDINGS
    confirm(
        f"Dùng bản {arguments.version} và thôi theo thư mục danh mục cho tới lần áp dụng sau",
        is_sure=arguments.yes,
    )
    answer = client.post(
        *("inventory", "rollback"),
        body={"version": arguments.version, "who": who},
        timeout_s=READ_WITHIN_S,
    )
    show_done(f"Đã về bản {answer['version']}; thư mục danh mục không bị sửa.", answer, out)
    return Exit.OK
