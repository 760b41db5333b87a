"""Tabs of people who signed in, and what must never happen in one of them: foreign hosts, broken scripts, a broken CSP."""

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.browser.province import Province

GRAVE = {"serious", "critical"}
LONG_FORM = "LONG_FORM" in os.environ
ALIKE = [["tbody tr:nth-child(n+9)"], ["tbody:nth-of-type(n+3)"], [".tiles > .is-up:nth-child(n+9)"]]
"""What repeats what stands before it, looked at in the long form only (LONG_FORM=1): axe needs seconds for 96 rows."""
HEIGHT = 800
SHOTS = Path(__file__).parent.parent.parent / "build" / "screenshots"
"""Where screenshots are kept for whoever looks at a run."""


@dataclass
class Tabs:
    """Opens tabs at one daemon. `wrongs` is everything that must not happen, in any of them."""

    browser: Browser
    province: Province
    wrongs: list[str] = field(default_factory=list)
    _states: dict[str, Any] = field(default_factory=dict)
    _open: list[BrowserContext] = field(default_factory=list)

    def open(self, name: str = "", *, width: int = 1280, dark: bool = False, scripts: bool = True) -> Page:
        """Open a tab of somebody; no name is a guest. Everybody signs in once."""
        if name and name not in self._states:
            page = self._context({}).new_page()
            sign_in(page, name, self.province.passwords[name])
            self._states[name] = page.context.storage_state()
            page.context.close()
        options: dict[str, Any] = {
            "viewport": {"width": width, "height": HEIGHT},
            "color_scheme": "dark" if dark else "light",
            "java_script_enabled": scripts,
            "storage_state": self._states.get(name),
            "has_touch": width < 700,
        }
        page = self._context(options).new_page()
        self._watch(page)
        return page

    def close(self) -> None:
        """Close every tab."""
        for context in self._open:
            context.close()

    def _context(self, options: dict[str, Any]) -> BrowserContext:
        context = self.browser.new_context(locale="vi-VN", base_url=self.province.url, **options)
        context.set_default_timeout(15_000)
        self._open.append(context)
        return context

    def _watch(self, page: Page) -> None:
        def asked(url: str) -> None:
            if not url.startswith(("http://127.0.0.1:", "data:", "about:", "blob:")):
                self.wrongs.append(f"{page.url} asked {url}")

        def said(message: ConsoleMessage) -> None:
            if "Content Security Policy" in message.text or "Refused to" in message.text:
                self.wrongs.append(f"{page.url}: {message.text}")

        page.on("request", lambda request: asked(request.url))
        page.on("pageerror", lambda error: self.wrongs.append(f"{page.url}: {error}"))
        page.on("console", said)


def sign_in(page: Page, name: str, password: str) -> None:
    """Sign in by the form."""
    page.goto("/dang-nhap")
    page.fill("input[name=ten]", name)
    page.fill("input[name=mat-khau]", password)
    page.press("input[name=mat-khau]", "Enter")
    page.wait_for_url(lambda url: "/dang-nhap" not in url)


def overflow(page: Page) -> list[str]:
    """Return what sticks out to the right of the page, as long as the page can be scrolled sideways."""
    found: list[str] = page.evaluate(
        """() => {
          const root = document.documentElement;
          if (root.scrollWidth <= root.clientWidth) return [];
          return [...document.body.querySelectorAll("*")]
            .filter(e => e.getBoundingClientRect().right > root.clientWidth + 1 && !e.closest(".only-read, .sprite"))
            .slice(0, 5).map(e => e.tagName + "." + e.className);
        }"""
    )
    return found


def axe_findings(page: Page, *, colours_only: bool = False) -> list[str]:
    """Return what axe-core finds grave (WCAG A and AA)."""
    everything = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
    wanted = {"type": "rule", "values": ["color-contrast"]} if colours_only else everything
    # Only what is wrong is asked for: describing all that is right costs more than finding it.
    context = None if LONG_FORM else {"exclude": ALIKE}
    found = Axe().run(page, context, options={"runOnly": wanted, "resultTypes": ["violations"]})
    return [
        f"{each['id']} ({each['impact']}): {each['nodes'][0]['target']} {each['nodes'][0]['failureSummary'][:200]}"
        for each in found.response["violations"]
        if each["impact"] in GRAVE
    ]


def shoot(page: Page, name: str) -> None:
    """Keep a picture of what one sees first."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.jpg", type="jpeg", quality=80)
