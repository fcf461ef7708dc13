"""
Has server.py run one command of the AWS CLI, and ends as it did:

    python command.py <socket> <argument>…
"""

import json
import os
import socket
import sys

server = socket.socket(socket.AF_UNIX)
server.connect(sys.argv[1])
order = {"arguments": sys.argv[2:], "environment": dict(os.environ), "folder": os.getcwd()}
data = json.dumps(order).encode() + b"\n"
sent = socket.send_fds(server, [data], [0, 1, 2])
server.sendall(data[sent:])
# A server that ends without a word has failed.
sys.exit(int(server.recv(8) or 255))
