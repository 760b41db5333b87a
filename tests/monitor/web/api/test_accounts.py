"""Accounts and tokens over the API, with the rights of who signed in."""

from pathlib import Path
from typing import Any

from monitor.people.rights import Right, Role
from tests.monitor.people.office import COMMUNE, ROOT
from tests.monitor.web.door.entrance import Browser, entrance

HOSTILE = "<script>alert(1)</script>"


class Program:
    """Asks the API with a token."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser

    async def ask(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        if method == "GET":
            response = await self._browser.get(f"/api/v1{path}")
        else:
            response = await self._browser.post(f"/api/v1{path}", method=method, json=body or {})
        return response.status, await response.json()


async def test_an_administrator_adds_changes_disables_and_enables_accounts(tmp_path: Path) -> None:
    async with entrance(tmp_path, url="https://giam-sat.example") as door:
        await door.office.person("an", Role.ADMIN)
        _, secret = await door.office.desk.make_token("an", [Right.PEOPLE], 7, ROOT)
        program = Program(door.browser(Authorization=f"Bearer {secret}"))
        new = {"name": "ba-to", "displayName": HOSTILE, "role": "commune", "unit": COMMUNE}

        made, answer = await program.ask("POST", "/accounts", new)
        twice, _ = await program.ask("POST", "/accounts", new)
        wrong, problem = await program.ask("POST", "/accounts", {**new, "name": "x y", "who": "kẻ khác"})
        _, changed = await program.ask("PATCH", "/accounts/ba-to", {"role": "leader"})
        _, link = await program.ask("POST", "/accounts/ba-to/invite")
        _, disabled = await program.ask("POST", "/accounts/ba-to/disable", {"why": "nghỉ việc"})
        again, _ = await program.ask("POST", "/accounts/ba-to/disable")
        _, enabled = await program.ask("POST", "/accounts/ba-to/enable")
        _, listed = await program.ask("GET", "/accounts")
        gone, _ = await program.ask("DELETE", "/accounts/ba-to/second-factor")
        nobody, _ = await program.ask("GET", "/accounts/ai-do")

        assert (made, twice, wrong, again, gone, nobody) == (201, 409, 422, 422, 422, 404)
        assert answer["link"]["url"].startswith("https://giam-sat.example/moi/")
        assert (answer["account"]["displayName"], answer["account"]["unit"]) == (HOSTILE, COMMUNE)
        assert problem["field"] == "name"
        assert (changed["account"]["role"], changed["account"]["unit"]) == ("leader", None)
        assert link["link"]["url"] != answer["link"]["url"]
        assert (disabled["account"]["disabledWhy"], enabled["account"]["disabledAt"]) == ("nghỉ việc", None)
        assert [account["name"] for account in listed["items"]] == ["an", "ba-to"]
        whos = {who for who, _, action, _ in await door.office.deeds() if action == "account.role"}
        assert whos == {"Người an"}


async def test_an_administrator_makes_and_takes_back_tokens_of_others(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        await door.office.person("an", Role.ADMIN)
        await door.office.person("hoa")
        _, secret = await door.office.desk.make_token("an", [Right.PEOPLE], 7, ROOT)
        program = Program(door.browser(Authorization=f"Bearer {secret}"))

        wide, _ = await program.ask("POST", "/accounts/hoa/tokens", {"scopes": ["people"], "days": 7})
        made, answer = await program.ask(
            "POST", "/accounts/hoa/tokens", {"scopes": ["see"], "days": 7, "label": "Grafana"}
        )
        works, _ = await Program(door.browser(Authorization=f"Bearer {answer['secret']}")).ask("GET", "/me")
        _, listed = await program.ask("GET", "/accounts/hoa/tokens")
        done, _ = await program.ask("DELETE", f"/accounts/hoa/tokens/{answer['token']['id']}")
        again, _ = await program.ask("DELETE", f"/accounts/hoa/tokens/{answer['token']['id']}")
        ended, _ = await program.ask("DELETE", "/accounts/hoa/sessions")

        assert (wide, made, works, done, again, ended) == (422, 201, 200, 200, 404, 200)
        assert [(token["label"], token["scopes"]) for token in listed["items"]] == [("Grafana", ["see"])]
        assert "secret" not in str(listed)


async def test_a_guest_is_nobody_and_has_no_tokens(tmp_path: Path) -> None:
    async with entrance(tmp_path) as door:
        guest = Program(door.browser())

        _, me = await guest.ask("GET", "/me")
        tokens, _ = await guest.ask("GET", "/tokens")
        accounts, _ = await guest.ask("GET", "/accounts")

        assert (me["way"], me["name"], me["rights"], me["remainingS"]) == ("none", "", ["status"], None)
        assert (tokens, accounts) == (401, 401)
