"""`inventory apply`: look at what the folders change, then let the daemon take it over."""

from argparse import Namespace

from monitor.cli.client import open_client
from monitor.cli.exits import Exit
from monitor.cli.inventory.showing import READ_WITHIN_S, confirm, examine, is_usable, show_done
from monitor.cli.output import Output
from monitor.cli.person import person


def run(arguments: Namespace, out: Output) -> int:
    """Apply; 1 when the files have errors, or were changed while somebody looked."""
    who = person(arguments.who, doing="áp dụng")
    client = open_client(arguments)
    examined = examine(client)
    if not is_usable(examined, out):
        out.note("Không áp dụng: danh mục đang dùng giữ nguyên.")
        return Exit.FINDINGS
    if examined["ends"]:
        confirm(examined["ends"][0].upper() + examined["ends"][1:], is_sure=arguments.yes)
    answer = client.post(
        *("inventory", "apply"),
        body={"digest": examined["digest"], "who": who, "comment": arguments.comment},
        timeout_s=READ_WITHIN_S,
    )
    is_swapped = answer["outcome"] == "swapped"
    show_done("Đã áp dụng." if is_swapped else "Không có gì thay đổi trong việc giám sát.", answer, out)
    return Exit.OK
