#!/usr/bin/env python3
"""Click through the explorer of a running server, headless, and assert what is seen.

    foretaste serve model.safetensors --titles u.item --attributes items.csv &
    pip install selenium            # and Chromium with its chromedriver on the path
    python crates/serve/trials/explorer.py http://127.0.0.1:8080 --out shots

With `--token T`, or FORETASTE_TOKEN, the token is typed where the page asks for it. `--user ID` and
`--item ID` say whom and what to look for (default: the first that the server lists). A trial, and no
part of `cargo test`: it exits with 0 if all went well, 1 if something was not as it should be, and 2
if it could not begin. Screenshots of all views, light and dark, at 1,600, 1,280 and 390 pixels, go to
the folder `--out`.
"""

import argparse
import base64
import json
import os
import shutil
import sys
import time
from pathlib import Path
from urllib.parse import quote
from urllib.request import Request, urlopen

from selenium import webdriver
from selenium.common.exceptions import NoAlertPresentException, TimeoutException, WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

WAIT = 15
# Longer than the page waits for one who types.
QUIET = 0.3
WIDTHS = (1600, 1280, 390)
# Before any script of the page: what it should not do is kept where the trial finds it.
WATCH = """
window.trial = { violations: [], dialogs: 0, errors: [] };
document.addEventListener("securitypolicyviolation", (e) =>
  window.trial.violations.push(e.violatedDirective + " " + e.blockedURI));
addEventListener("error", (e) => window.trial.errors.push(String(e.message)));
addEventListener("unhandledrejection", (e) => window.trial.errors.push(String(e.reason)));
for (const name of ["alert", "confirm", "prompt"]) window[name] = () => { window.trial.dialogs += 1; };
"""


class Trial:
    def __init__(self, args):
        self.base = args.url.rstrip("/") + "/"
        self.token = args.token
        self.out = Path(args.out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.failures = []
        self.driver = self.browser(args.chromium, args.chromedriver)
        self.size(1280, "light")

    @staticmethod
    def browser(chromium, chromedriver):
        options = Options()
        options.binary_location = chromium
        for flag in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
            options.add_argument(flag)
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            options.add_argument("--no-sandbox")  # Chromium's sandbox does not work for root.
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        driver = webdriver.Chrome(options=options, service=Service(chromedriver))
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        return driver

    # What the server says, asked beside the page.

    def ask(self, path, body=None):
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(self.base + path, data=data, headers=headers), timeout=WAIT) as answer:
            return json.load(answer)

    # The page.

    def check(self, holds, what):
        print(("  ok    " if holds else "  FAIL  ") + what)
        if not holds:
            self.failures.append(what)

    def size(self, width, scheme):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def wait(self, what, holds):
        try:
            value = WebDriverWait(self.driver, WAIT, poll_frequency=0.05,
                                  ignored_exceptions=[WebDriverException]).until(lambda _: holds())
            self.check(True, what)
            return value
        except TimeoutException:
            self.check(False, what)
            self.shot("failed")
            raise

    def wait_for(self, selector, what):
        return self.wait(what, lambda: [node for node in self.all(selector) if node.is_displayed()])

    def still(self):
        """Waits until the page is there, and nothing of it has waited for a while."""
        def quiet():
            return self.all("main h1") and not self.all("[aria-busy], .waiting")

        def rests():
            if quiet():
                time.sleep(QUIET)
                return quiet()
            return False
        self.wait("the page has come to rest", rests)

    def open(self, fragment=""):
        self.harvest()
        self.driver.get("about:blank")
        self.driver.get(self.base + fragment)

    def text(self, selector):
        return " ".join(node.text for node in self.all(selector))

    def focused(self):
        return self.driver.switch_to.active_element

    def keys(self, *keys):
        webdriver.ActionChains(self.driver).send_keys(*keys).perform()

    def hash(self):
        return self.driver.execute_script("return location.hash")

    def shot(self, name):
        height = self.driver.execute_script("return document.documentElement.scrollHeight")
        width = self.driver.execute_script("return innerWidth")
        image = self.driver.execute_cdp_cmd("Page.captureScreenshot", {
            "captureBeyondViewport": True,
            "clip": {"x": 0, "y": 0, "width": width, "height": min(height, 3000), "scale": 1}})
        (self.out / f"{name}.png").write_bytes(base64.b64decode(image["data"]))

    def harvest(self, refused=False):
        """Asserts that the page did nothing that it should not have."""
        trial = self.driver.execute_script("return window.trial")
        if trial is None:
            return
        bad = trial["violations"] + trial["errors"] + ["a dialog"] * trial["dialogs"]
        for entry in self.driver.get_log("browser"):
            expected = "favicon" in entry["message"] or (refused and "Failed to load resource" in entry["message"])
            if entry["level"] == "SEVERE" and not expected:
                bad.append(entry["message"])
        try:
            self.driver.switch_to.alert.dismiss()
            bad.append("a dialog of the browser")
        except NoAlertPresentException:
            pass
        if "[object " in self.text("body"):
            bad.append("a thing of the script instead of its text")
        self.check(not bad, "no violation, error or dialog" + (": " + "; ".join(bad) if bad else ""))

    # What is tried.

    def unlock(self):
        self.open()
        self.wait("the page asks for a token, or has begun", lambda: self.all("#token, .facts"))
        if not self.all("#token"):
            self.check(not self.token, "a token is asked for where one is given")
            return
        if not self.token:
            raise SystemExit("the server asks for a token: give it by --token")
        self.shot("token")
        field = self.all("#token")[0]
        field.send_keys("not-" + self.token, Keys.ENTER)
        self.wait("a wrong token is refused", lambda: self.all("#token") and self.all("#token")[0] != field)
        self.all("#token")[0].send_keys(self.token, Keys.ENTER)
        self.wait_for(".facts", "the right token opens the page")
        self.check(self.token not in self.driver.current_url, "the token is not in the address")
        self.harvest(refused=True)

    def home(self, model):
        self.open("#/")
        self.still()
        facts = self.text(".facts")
        self.check(model["method"] in facts and model["model"] in facts, "the facts name method and model")
        self.check(bool(self.all(".ranked li")), "popular items are listed")
        self.check(bool(self.all(".chips li")), "users are listed")

    def find(self, words, label):
        """Finds by typing and takes by the keyboard what the label names."""
        self.keys("/")
        self.check(self.focused().get_attribute("id") == "search", "/ goes to the search")
        self.focused().send_keys(words)
        options = self.wait_for("#find .option", f"something is found for {words!r}")
        self.check(self.focused().get_attribute("aria-expanded") == "true", "the list is said to be open")
        texts = [option.find_element(By.CSS_SELECTOR, "bdi").text for option in options]
        group = [option.find_element(By.XPATH, "..").get_attribute("aria-label") for option in options]
        return [n for n, one in enumerate(zip(group, texts)) if one == label], len(options)

    def take(self, position):
        self.keys(*[Keys.ARROW_DOWN] * (position + 1))
        active = self.focused().get_attribute("aria-activedescendant")
        chosen = self.driver.find_element(By.ID, active)
        self.check(chosen.get_attribute("aria-selected") == "true", "the arrows choose")
        self.shot("search")
        self.keys(Keys.ENTER)

    def user(self, user, explained):
        self.open("#/")
        self.still()
        at, _ = self.find(user, ("Users", user))
        self.check(len(at) == 1, f"user {user!r} is found once")
        self.keys(Keys.ESCAPE)
        self.check(not self.all("#find .popup")[0].is_displayed(), "Escape closes the list")
        self.focused().clear()
        at, _ = self.find(user, ("Users", user))
        self.take(at[0])
        self.wait("the user's page has come", lambda: self.hash() == "#/user/" + encode(user))
        self.still()
        self.check(user in self.text("h1"), "the user is named")
        self.check(bool(self.all("aside .plain li")), "the history is listed")
        self.check(bool(self.all(".ranked li")), "there are recommendations")
        if explained:
            self.reasons()

    def reasons(self):
        summary = self.wait_for("details.why summary", "reasons have come")[0]
        self.check(summary.text.startswith(("because of ", "no single reason")), "a reason is given")
        summary.send_keys(Keys.ENTER)
        self.wait_for("details.why table, details.why .note", "details open by the keyboard")
        rows = self.driver.execute_script("""
            const table = [...document.querySelectorAll("details.why table")].find((t) => t.tFoot);
            const numbers = (part) => [...part.rows].map((r) => r.cells[1].textContent);
            return table ? [numbers(table.tBodies[0]), numbers(table.tFoot)[0]] : null""")
        if rows:
            parts, score = [number(part) for part in rows[0]], number(rows[1])
            rounding = (len(parts) + 1) * 0.5 * 10.0 ** -len(rows[1].partition(".")[2])
            self.check(abs(sum(parts) - score) <= rounding + 1e-9, f"{len(parts)} parts sum to {score}")

    def controls(self):
        length = self.driver.find_element(By.CSS_SELECTOR, "input[type=number]")
        length.clear()
        length.send_keys("3", Keys.TAB)
        self.wait("three items are listed", lambda: len(self.all(".ranked li")) == 3)
        self.check("k=3" in self.hash(), "the length is in the address")
        self.driver.find_element(By.CSS_SELECTOR, "input[type=checkbox]").click()
        self.wait("the address says that the history counts", lambda: "seen=1" in self.hash())
        self.still()

    def filters(self, model):
        self.driver.find_element(By.CSS_SELECTOR, ".filter summary").click()
        if not model["attributes"]:
            self.check("--attributes" in self.text(".filter"), "the page says how to get attributes")
            return
        area = self.driver.find_element(By.ID, "filter")
        area.send_keys("{no")
        self.press("Apply")
        self.wait("broken JSON is named beside the field", lambda: "not JSON" in self.text(".filter .trouble"))
        area.clear()
        area.send_keys('{"must": [{"key": "no such attribute", "match": {"value": 1}}]}')
        self.press("Apply")
        self.wait("the server's error stands beside the field", lambda: "400" in self.text(".filter .trouble"))
        self.shot("filter-refused")
        self.press("Clear")
        self.wait("without a filter there is a list again", lambda: self.all(".ranked li"))
        self.harvest(refused=True)

    def press(self, label):
        def pressed():
            buttons = [button for button in self.all("main button") if button.text == label]
            buttons and buttons[0].click()
            return buttons
        self.wait(f"{label} is pressed", pressed)

    def item(self, item, title, can):
        self.open("#/")
        self.still()
        at, _ = self.find(title or item, ("Items", title or item))
        self.take(at[0])
        self.wait("the item's page has come", lambda: self.hash().startswith("#/item/"))
        self.still()
        self.check((title or item) in self.driver.find_element(By.TAG_NAME, "h1").text, "the item is named")
        self.wait("it is said how many had it", lambda: "had by" in self.text(".line"))
        if can["similar"]:
            first = self.all(".ranked .number")[0].text
            self.check(bool(first), "similar items have scores")
            self.driver.find_element(By.CSS_SELECTOR, ".choice label:last-child").click()
            self.wait("the address says dot", lambda: "by=dot" in self.hash())
            self.still()
            link = self.all(".ranked .name a")[0]
            there = link.get_attribute("href")
            link.click()
            self.wait("a similar item's page comes by a click", lambda: self.driver.current_url == there)
            self.still()
            self.driver.back()
            self.wait("and Back goes back", lambda: "by=dot" in self.hash())
            self.still()

    def what_if(self, item, others):
        self.open("#/item/" + encode(item))
        self.still()
        before = int(self.text("#what-if .count").replace(",", ""))
        if self.driver.find_element(By.CSS_SELECTOR, ".wordy").get_attribute("aria-pressed") == "false":
            self.driver.find_element(By.CSS_SELECTOR, ".wordy").click()
            before += 1
        self.wait("the item joins the history", lambda: self.text("#what-if .count") == str(before))
        self.driver.find_element(By.ID, "what-if").click()
        self.wait("what-if has come", lambda: self.hash().startswith("#/what-if/"))
        self.still()
        self.wait("there are recommendations to it", lambda: self.all(".ranked li"))
        field = self.driver.find_element(By.CSS_SELECTOR, ".basket input")
        for other in others:
            length = len(self.all(".basket li"))
            field.send_keys(other)
            self.wait_for(".basket .option", "the field finds items")
            self.keys(Keys.ENTER)
            self.wait("one more is in the history", lambda: len(self.all(".basket li")) == length + 1)
        self.check(self.focused() == field, "the field keeps the focus")
        self.still()
        address = self.hash()
        self.driver.refresh()
        self.wait("the address brings it back", lambda: len(self.all(".basket li")) == len(address.split(",")))
        self.still()
        self.wait("a reason is given", lambda: self.all("details.why"))
        length = len(self.all(".basket li"))
        self.all(".basket li button")[0].send_keys(Keys.ENTER)
        self.wait("one is removed by the keyboard", lambda: len(self.all(".basket li")) == length - 1)
        self.still()
        self.check(self.focused().tag_name in ("button", "input"), "the focus stays near")
        self.press("Clear")
        self.wait("nothing is left", lambda: not self.all(".basket li") and self.all(".empty"))
        self.driver.back()
        self.wait("Back undoes that", lambda: len(self.all(".basket li")) == length - 1)
        self.open("#/what-if/" + encode(item) + ",no-such-item%2C%3Cb%3E")
        self.wait("what the model does not know is named", lambda: "no-such-item,<b>" in self.text(".hint, .trouble"))

    def by_keyboard(self):
        """From the beginning to an item by Tab and Enter alone, with the focus seen."""
        self.open("#/")
        self.still()
        for _ in range(60):
            self.keys(Keys.TAB)
            outline = self.driver.execute_script("""
                const s = getComputedStyle(document.activeElement);
                return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2""")
            if not outline:
                self.check(False, "the focus is seen on " + self.focused().get_attribute("outerHTML")[:80])
                return
            if self.focused().tag_name == "a" and "#/item/" in (self.focused().get_attribute("href") or ""):
                break
        self.keys(Keys.ENTER)
        self.wait("Tab and Enter lead to an item", lambda: self.hash().startswith("#/item/"))
        self.check(self.focused().tag_name == "h1", "the focus is on the heading")
        self.still()

    def views(self, fragments):
        for width in WIDTHS:
            for scheme in ("light", "dark"):
                self.size(width, scheme)
                for name, fragment in fragments.items():
                    self.open(fragment)
                    self.still()
                    wide = self.driver.execute_script("return document.documentElement.scrollWidth - innerWidth")
                    self.check(wide <= 0, f"{name} does not scroll sideways at {width}")
                    self.shot(f"{name}-{width}-{scheme}")
                    self.harvest(refused=name in ("stranger",))
        self.size(1280, "light")

    def run(self, args):
        self.unlock()
        model = self.ask("v1/model")
        can = model["can"]
        user = args.user or self.ask("v1/users?q=&limit=20")["users"][-1]["user"]
        popular = self.ask("v1/items?q=&limit=20")["items"]
        first = next(one for one in popular if args.item in (None, one["item"]))
        item, title = first["item"], first.get("title")
        others = [one.get("title") or one["item"] for one in popular if one["item"] != item][:2]
        self.home(model)
        self.user(user, can["explain"] or can["similar"])
        self.controls()
        self.filters(model)
        self.item(item, title, can)
        fragments = {"home": "#/", "user": "#/user/" + encode(user), "item": "#/item/" + encode(item),
                     "stranger": "#/user/nobody-of-this-name", "nowhere": "#/nowhere"}
        if can["fold_in"]:
            self.what_if(item, others)
            fragments["what-if"] = "#/what-if/" + ",".join(encode(one["item"]) for one in popular[:4])
        self.by_keyboard()
        self.views(fragments)
        self.harvest()


def number(text):
    return float(text.replace("−", "-").replace(",", ""))


def encode(item):
    """As encodeURIComponent does."""
    return quote(item, safe="!'()*-._~")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="where the server is, such as http://127.0.0.1:8080")
    parser.add_argument("--token", default=os.environ.get("FORETASTE_TOKEN"))
    parser.add_argument("--user", help="the id of a user to look for")
    parser.add_argument("--item", help="the id of one of the 20 most popular items")
    parser.add_argument("--out", default="explorer-shots", help="the folder for screenshots")
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("google-chrome"))
    parser.add_argument("--chromedriver", default=shutil.which("chromedriver"))
    args = parser.parse_args()
    if not args.chromium or not args.chromedriver:
        print("Chromium and its chromedriver are needed: install them, or name them", file=sys.stderr)
        return 2
    try:
        trial = Trial(args)
    except WebDriverException as error:
        print(f"the browser does not begin: {error.msg}", file=sys.stderr)
        return 2
    try:
        trial.run(args)
    except TimeoutException:
        pass  # Said where it was awaited.
    except (WebDriverException, LookupError, OSError) as error:
        trial.check(False, f"the trial went on to its end: {type(error).__name__}: {error}")
        trial.shot("failed")
    finally:
        trial.driver.quit()
    for failure in trial.failures:
        print(f"failed: {failure}", file=sys.stderr)
    print(f"{len(trial.failures)} failures; screenshots in {trial.out}")
    return 1 if trial.failures else 0


if __name__ == "__main__":
    sys.exit(main())
