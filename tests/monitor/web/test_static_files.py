"""What pages load."""

import hashlib
import re

from monitor.web.static_files import load_static


def test_files_of_others_are_what_their_list_says() -> None:
    files = load_static()
    told = files["vendor/THIRD_PARTY.txt"].content.decode()
    listed = dict(re.findall(r"^(\S+)\s+\S+ \S+ \(npm\)\s+([0-9a-f]{64})$", told, re.MULTILINE))

    vendored = {
        name.removeprefix("vendor/"): file for name, file in files.items() if name.startswith("vendor/")
    }
    assert listed == {
        name: hashlib.sha256(file.content).hexdigest()
        for name, file in vendored.items()
        if name != "THIRD_PARTY.txt"
    }


def test_no_file_asks_another_host() -> None:
    for name, file in load_static().items():
        if name.endswith((".css", ".js")):
            urls = set(
                re.findall(
                    r"""(?:url\(|import |src=|fetch\()\s*["']?(https?:)?//[^"')\s]+""", file.content.decode()
                )
            )
            assert not urls, name
