"""The least server that a client can talk to: reads a request and answers `{}`, kept alive."""

from __future__ import annotations

import socketserver
from typing import Final

_ANSWER: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
_LENGTH: Final = b"content-length:"


class Handler(socketserver.StreamRequestHandler):
    """Answers the requests of one connection."""

    disable_nagle_algorithm = True

    def handle(self) -> None:
        """Read a head and its body, answer, until the connection is closed."""
        while self._read_request():
            self.wfile.write(_ANSWER)

    def _read_request(self) -> bool:
        size = 0
        if not self.rfile.readline():
            return False
        for line in iter(self.rfile.readline, b"\r\n"):
            if line.lower().startswith(_LENGTH):
                size = int(line[len(_LENGTH) :])
        self.rfile.read(size)
        return True


def main() -> None:
    """Serve until killed; the first line of output is the URL."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
