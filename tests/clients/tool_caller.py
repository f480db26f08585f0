"""A model in OpenAI's format that calls the tool `ask`, then repeats its result: front ends need one to run tools."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

MODEL = "caller"
_ASK = ("newsqa_ask", "ask_ask_post")  # of the MCP server `newsqa`; of the OpenAPI document


@contextmanager
def serve() -> Iterator[str]:
    """Serve the model on a free port of 127.0.0.1; yield its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        models = {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}]}
        self._send(json.dumps(models), "application/json")

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        head = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": MODEL}
        delta, reason = _next(body)
        choices = ({"delta": delta, "finish_reason": None}, {"delta": {}, "finish_reason": reason})
        chunks = (json.dumps(head | {"choices": [{"index": 0} | choice]}) for choice in choices)
        self._send("".join(f"data: {chunk}\n\n" for chunk in (*chunks, "[DONE]")), "text/event-stream")

    def _send(self, text: str, content_type: str) -> None:
        content = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


def _next(body: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """Return the next message of a conversation, and why it ends."""
    *_, last = body["messages"]
    names = [tool["function"]["name"] for tool in body.get("tools", ())]
    name = next((name for name in _ASK if name in names), None)
    if name is None or last["role"] == "tool":
        return {"role": "assistant", "content": str(last["content"])}, "stop"
    function = {"name": name, "arguments": json.dumps({"question": last["content"]})}
    call = {"index": 0, "id": "call_1", "type": "function", "function": function}
    return {"role": "assistant", "tool_calls": [call]}, "tool_calls"
