"""A headless Chromium for tests: what browser.mjs can do, as methods. One process for a module's tests."""

import json
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
CHROMIUM = Path("/usr/bin/chromium")


class Browser:
    def __init__(self):
        self.node = subprocess.Popen(
            ["node", str(HERE / "browser.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def do(self, name: str, **how):
        self.node.stdin.write(json.dumps({"do": name, **how}) + "\n")
        self.node.stdin.flush()
        line = self.node.stdout.readline()
        assert line, "the browser's driver has ended"
        answer = json.loads(line)
        assert "failed" not in answer, f"{name} {how}: {answer['failed']}"
        return answer["ok"]

    def open(self, file: Path, fragment: str = "", **how):
        """Opens the page and waits until it shows a profile, or that it cannot."""
        self.do("open", url=file.resolve().as_uri() + (f"#{fragment}" if fragment else ""), **how)
        self.wait("document.documentElement.dataset.ready || document.querySelector('#drop')")

    def look(self, code: str):
        return self.do("look", code=code)

    def wait(self, code: str):
        self.do("wait", code=code)

    def click(self, selector: str):
        self.do("click", selector=selector)

    def press(self, *keys: str):
        for key in keys:
            self.do("press", key=key)

    def type(self, text: str):
        self.do("type", text=text)

    def text(self, selector: str) -> str:
        return self.look(f"document.querySelector({json.dumps(selector)}).innerText")

    def texts(self, selector: str) -> list[str]:
        return self.look(
            f"[...document.querySelectorAll({json.dumps(selector)})].map((n) => n.innerText)"
        )

    def shot(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.do("shot", path=str(path))

    def trouble(self) -> list[str]:
        return self.do("trouble")

    def close(self):
        self.node.stdin.close()
        try:
            self.node.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.node.kill()
            self.node.wait()
        self.node.stdout.close()
