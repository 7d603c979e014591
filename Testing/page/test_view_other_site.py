"""A page of another site, in a real browser, reaches nothing of `rabsegment view`; our own has all that it needs."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.cine_files import write_image
from helpers.page_state import IN_PAGE
from helpers.processes import PATIENCE_SECONDS
from helpers.view_process import ViewProcess, served
from rabengine.synthetic.phantom import beating_ellipse

# What a page of another site may try; each says whether it got anything.
ATTACKS = """
async (root) => {
  const socket = (url) => new Promise((resolve) => {
    const tried = new WebSocket(url);
    tried.onopen = () => resolve("open");
    tried.onerror = () => resolve("refused");
  });
  const element = (name, attribute, url) => new Promise((resolve) => {
    const made = document.createElement(name);
    made.onload = () => resolve("loaded");
    made.onerror = () => resolve("refused");
    made[attribute] = url;
    document.body.append(made);
  });
  const got = (url, options) => fetch(url, options).then(
    async (answer) => (answer.type === "opaque" ? "opaque" : `${answer.status} ${await answer.text()}`),
    () => "refused",
  );
  const upload = { method: "POST", body: "x" };
  return {
    socket: await socket(root.replace("http", "ws") + "/ws"),
    page: await got(`${root}/index.html`),
    table: await got(`${root}/download/table`),
    credentials: await got(`${root}/download/scene`, { credentials: "include" }),
    upload: await got(`${root}/upload/evil?name=x.mp4`, upload),
    uploadWithHeader: await got(`${root}/upload/evil?name=x.mp4`, { ...upload, headers: { "X-RABSegment": "1" } }),
    script: await element("script", "src", `${root}/vue.global.js`),
    image: await element("img", "src", `${root}/logo.png`),
  };
}
"""


@pytest.fixture(scope="module")
def cines(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("cines")
    write_image(beating_ellipse(4, 64, 64, seed=1)[0], folder / "heart.nrrd")
    return folder


@pytest.fixture(scope="module", params=[(), ("--token", "open-sesame")], ids=["open", "with a token"])
def view(request, cines, tmp_path_factory):
    with served(cines / "heart.nrrd", *request.param, temporary=tmp_path_factory.mktemp("tmp")) as process:
        yield process


@pytest.fixture(scope="module")
def evil() -> Iterator[str]:
    """Address of another site; on the same computer, so that browsers hold it for the same "site"."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>evil</title><body></body>")

        def log_message(self, *_args) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_another_site_reaches_nothing(view: ViewProcess, evil: str, browser, name: str):
    context = browser.new_context()
    page = context.new_page()
    page.goto(view.address)  # the user has our page open, cookie and all
    page.wait_for_function("document.title === 'Segment Video' || window.trame", timeout=1000 * PATIENCE_SECONDS)
    other = context.new_page()
    other.goto(evil.replace("127.0.0.1", name))
    result = other.evaluate(ATTACKS, view.root)
    context.close()
    assert set(result) >= {"socket", "page", "upload"}
    assert set(result.values()) <= {"refused", "opaque"}, result
    assert view.files("x.mp4") == []


def test_another_site_cannot_put_the_page_into_a_frame(view: ViewProcess, evil: str, browser):
    context = browser.new_context()
    context.new_page().goto(view.address)
    other = context.new_page()
    other.goto(evil)
    with other.expect_response(lambda answer: answer.url.startswith(view.root)) as answered:
        other.evaluate(
            "(url) => document.body.append(Object.assign(document.createElement('iframe'), { src: url }))", view.address
        )
    assert answered.value.status == 403
    context.close()


def test_a_link_of_another_site_opens_the_page(view: ViewProcess, evil: str, browser):
    context = browser.new_context()
    other = context.new_page()
    other.goto(evil)
    other.evaluate("(url) => { window.location = url; }", view.address)
    other.wait_for_function(f"window.trame?.state && {IN_PAGE.cine.is_open}", timeout=1000 * PATIENCE_SECONDS)
    assert "token" not in other.url
    context.close()


def test_the_page_has_all_that_it_needs(view: ViewProcess, browser):
    """Nothing that it loads is refused, and it loads nothing from elsewhere."""
    context = browser.new_context()
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(view.address)
    page.wait_for_function(f"window.trame?.state && {IN_PAGE.cine.is_open}", timeout=1000 * PATIENCE_SECONDS)
    page.get_by_text("Results").first.click()
    page.wait_for_timeout(500)
    context.close()
    assert [line for line in said if "Content Security Policy" in line or "403" in line] == []
    assert [url for url in asked if not url.startswith((view.root, "data:", "blob:"))] == []
