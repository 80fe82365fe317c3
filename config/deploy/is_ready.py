"""Whether the web server of this container is ready; loads nothing but sockets, so it is cheap."""

import socket
import sys

with socket.create_connection(("127.0.0.1", 8001), timeout=4) as server:
    server.sendall(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
    sys.exit(b" 200 " not in server.recv(64))
